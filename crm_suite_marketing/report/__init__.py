from . import attribution, journey_report

from . import check, consent, journey_life, journey_report, outbox, preview

from . import check, consent, journey_report, outbox, preview

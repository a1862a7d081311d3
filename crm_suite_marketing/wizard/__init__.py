from . import check, consent, journey_diff, journey_life, journey_report, outbox, preview

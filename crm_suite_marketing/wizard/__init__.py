from . import check, consent, journey_life, outbox, preview

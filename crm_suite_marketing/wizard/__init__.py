from . import check, consent, outbox, preview

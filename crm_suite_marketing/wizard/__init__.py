from . import consent, outbox

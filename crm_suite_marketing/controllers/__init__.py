from . import consent, events, mailing, tracking

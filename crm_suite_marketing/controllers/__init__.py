from . import consent, mailing, tracking

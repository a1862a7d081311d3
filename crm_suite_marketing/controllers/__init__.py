from . import consent, events, mailing, tracking, web_tracking

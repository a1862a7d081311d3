from . import consent, events, journey, mailing, tracking, web_tracking

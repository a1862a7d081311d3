from . import consent, events, journey, mailing, tracking, web_form, web_tracking

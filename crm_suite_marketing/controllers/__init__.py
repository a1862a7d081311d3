from . import consent, events, mailing, tracking, web_tracking
from . import consent, events, journey, mailing, tracking, web_form, web_tracking

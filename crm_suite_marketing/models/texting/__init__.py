from . import crm_outbox
from . import mailing_mailing
from . import sms_tracker

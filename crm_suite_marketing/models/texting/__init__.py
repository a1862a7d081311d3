from . import crm_consent
from . import crm_outbox
from . import mailing_mailing
from . import mailing_trace
from . import sms_tracker

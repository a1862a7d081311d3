from . import crm_mailing_preview
from . import mailing_mailing_test
from . import mailing_sms_test

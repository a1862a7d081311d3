from . import crm_merge_field
from . import mailing_mailing
from . import mail_compose_message
from . import utm_source

from . import crm_mailing_check
from . import crm_mailing_check_line

from . import crm_sending_hold
from . import crm_sending_limit
from . import crm_sending_tally
from . import ir_mail_server
from . import mailing_mailing
from . import res_company
from . import res_config_settings

from . import crm_sending_tally
from . import mailing_mailing
from . import res_company
from . import res_config_settings

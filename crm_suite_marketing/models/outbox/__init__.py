from . import crm_consent
from . import crm_outbox
from . import crm_outbox_summary
from . import mailing_mailing
from . import mailing_trace
from . import res_company
from . import res_config_settings

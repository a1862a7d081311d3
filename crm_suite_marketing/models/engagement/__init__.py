from . import crm_timeline
from . import mailing_trace
from . import res_partner

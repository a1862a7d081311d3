from . import crm_segment
from . import mailing_mailing
from . import mailing_trace_report
from . import res_partner

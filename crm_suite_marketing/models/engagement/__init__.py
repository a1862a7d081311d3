from . import crm_timeline
from . import mailing_trace
from . import res_partner
from . import crm_timeline_message
from . import mail_mail
from . import crm_engagement

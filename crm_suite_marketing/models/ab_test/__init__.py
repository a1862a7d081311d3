from . import crm_ab_result
from . import mailing_mailing
from . import utm_campaign

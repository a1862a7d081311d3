from . import crm_web_call
from . import crm_web_day
from . import crm_web_site
from . import crm_web_visitor
from . import crm_web_visit
from . import crm_consent
from . import crm_timeline
from . import res_partner

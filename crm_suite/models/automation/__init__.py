from . import base_automation
from . import crm_lead
from . import crm_team
from . import sale_order

from . import account_move
from . import base_automation
from . import crm_lead
from . import crm_team
from . import res_partner
from . import sale_order

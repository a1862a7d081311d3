from . import account_move
from . import crm_form_rule
from . import crm_lead
from . import res_partner
from . import sale_order

from . import crm_lifecycle_stage
from . import crm_lifecycle_rule
from . import crm_lifecycle_move
from . import res_partner
from . import sale_order
from . import crm_lead
from . import base_partner_merge_automatic_wizard

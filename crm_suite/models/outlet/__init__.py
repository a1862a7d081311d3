from . import crm_custom_field
from . import crm_custom_outlet
from . import crm_customizable_mixin
from . import crm_custom_field_place
from . import crm_lead
from . import sale_order
from . import account_move
from . import base_partner_merge_automatic_wizard

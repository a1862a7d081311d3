from . import base_partner_merge_automatic_wizard
from . import crm_interaction
from . import crm_lead
from . import res_partner

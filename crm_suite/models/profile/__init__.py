from . import crm_customer_type
from . import crm_income_band
from . import crm_interest
from . import crm_partner_relation_type
from . import crm_partner_relation
from . import res_partner
from . import crm_lead
from . import base_partner_merge_automatic_wizard

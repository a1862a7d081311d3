from . import res_partner
from . import crm_customer_metric
from . import crm_lead
from . import base_partner_merge_automatic_wizard

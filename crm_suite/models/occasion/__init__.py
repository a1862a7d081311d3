from . import crm_occasion_rule
from . import crm_occasion
from . import crm_customer_metric
from . import base_partner_merge_automatic_wizard

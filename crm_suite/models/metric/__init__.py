from . import crm_customer_metric
from . import res_partner

from . import crm_customer_metric_touch
from . import crm_customer_metric, crm_ticket

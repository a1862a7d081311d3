from . import crm_customer_metric_boundary, crm_customer_metric_touch
from . import crm_customer_metric
from . import account_move, account_move_line, base_partner_merge_automatic_wizard
from . import res_config_settings, res_partner, sale_order, sale_order_line

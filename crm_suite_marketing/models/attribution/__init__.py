from . import crm_attribution_queue, crm_attribution, crm_customer_metric_touch
from . import crm_campaign_cost_day, crm_campaign_cost, crm_consent
from . import crm_lead_origin, crm_lead, res_config_settings, res_partner, sale_order, utm_campaign
from . import utm_medium

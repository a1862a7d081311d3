from . import crm_campaign_performance

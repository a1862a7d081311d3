from . import crm_campaign_performance, crm_campaign_plan, crm_pressure_report

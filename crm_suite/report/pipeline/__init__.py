from . import crm_pipeline_report
from . import crm_funnel_report, crm_lead_movement_report, crm_sales_performance_report

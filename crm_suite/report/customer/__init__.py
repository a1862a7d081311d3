from . import (
    crm_customer_fact,
    crm_customer_figure,
    crm_customer_flow_report,
    crm_customer_metric,
    crm_customer_profit_report,
    crm_customer_risk,
    crm_customer_value,
    crm_retention_report,
    res_config_settings,
)

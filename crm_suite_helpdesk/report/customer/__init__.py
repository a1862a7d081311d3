from . import crm_customer_risk

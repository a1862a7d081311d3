from . import crm_sla_decision

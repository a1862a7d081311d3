from . import crm_sla_check, crm_sla_check_line

from . import crm_sla_apply, crm_sla_tryout

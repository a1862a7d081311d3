from . import crm_sla_clock

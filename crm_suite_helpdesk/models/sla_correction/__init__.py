from . import crm_sla_clock, crm_ticket

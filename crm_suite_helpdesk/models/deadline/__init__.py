from . import crm_sla_clock, crm_sla_policy, crm_ticket, res_partner

from . import crm_ticket, crm_ticket_closing, crm_sla_clock, crm_ticket_desk, ir_filters

from . import crm_ticket_to_lead, crm_lead_to_ticket

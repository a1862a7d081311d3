from . import crm_ticket, crm_ticket_team

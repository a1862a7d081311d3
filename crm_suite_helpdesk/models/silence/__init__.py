from . import crm_ticket_team, crm_ticket

from . import crm_ticket_team, crm_ticket_answer, crm_ticket

from . import crm_ticket_link, crm_ticket

from . import crm_ticket_decide

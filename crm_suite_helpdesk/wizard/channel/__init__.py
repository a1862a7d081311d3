from . import crm_ticket_call

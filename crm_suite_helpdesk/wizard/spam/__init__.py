from . import crm_ticket_spam

from . import crm_ticket_performance

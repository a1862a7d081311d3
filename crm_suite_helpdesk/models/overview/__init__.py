from . import crm_ticket_overview

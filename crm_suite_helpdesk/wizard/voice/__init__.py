from . import crm_ticket_pass_on

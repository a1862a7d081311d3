from . import crm_ticket_merge, crm_ticket_merge_line, crm_ticket

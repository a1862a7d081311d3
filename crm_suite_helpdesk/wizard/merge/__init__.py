from . import crm_ticket_merge_wizard, crm_ticket_split_line, crm_ticket_split

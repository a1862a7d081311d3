from . import crm_ticket_snooze

from . import crm_ticket_macro_apply

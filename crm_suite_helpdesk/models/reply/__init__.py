from . import (
    crm_ticket_macro,
    crm_ticket_reply_use,
    crm_ticket_team,
    crm_ticket,
    mail_canned_response,
)

from . import (
    crm_ticket,
    crm_ticket_category,
    crm_ticket_stage,
    crm_ticket_team,
    mail_message,
    res_partner,
)

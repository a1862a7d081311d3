from . import (
    crm_ticket_dialog_mixin,
    crm_ticket_team,
    crm_ticket_stage,
    crm_ticket,
    crm_interaction,
    crm_call,
    crm_timeline,
    res_partner,
    res_users,
)

from . import (
    crm_ticket,
    crm_ticket_intake_request,
    crm_ticket_intake,
    crm_interaction,
    discuss_channel,
    res_users,
)

from . import (
    crm_ticket_team,
    crm_ticket_stage,
    crm_ticket,
    res_partner,
)

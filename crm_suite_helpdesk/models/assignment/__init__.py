from . import (
    crm_ticket_skill,
    crm_ticket_agent,
    crm_ticket_team,
    crm_ticket,
    crm_ticket_desk,
)

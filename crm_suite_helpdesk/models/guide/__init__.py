from . import (
    crm_ticket,
    crm_ticket_authority,
    crm_ticket_decision,
    crm_ticket_guide,
    crm_ticket_guide_step,
    crm_ticket_guide_tick,
)

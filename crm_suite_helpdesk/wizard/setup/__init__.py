from . import (
    crm_desk_hours_mixin,
    crm_ticket_team_setup,
    crm_ticket_team_setup_holiday,
    crm_ticket_team_setup_promise,
)

from . import (
    crm_sla_policy,
    crm_sla_target,
    crm_sla_revision,
    crm_sla_clock,
    crm_sla_segment,
    crm_ticket,
    crm_ticket_team,
    resource_calendar,
)

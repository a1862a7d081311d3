from . import (
    base_partner_merge_automatic_wizard,
    crm_interaction,
    crm_sla_clock,
    crm_sla_policy,
    crm_sla_revision,
    crm_sla_target,
    crm_ticket,
    resource_calendar,
)

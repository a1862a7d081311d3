from . import (
    crm_sla_rule,
    crm_sla_event,
    crm_sla_notice,
    crm_sla_policy,
    crm_sla_clock,
    crm_ticket,
)

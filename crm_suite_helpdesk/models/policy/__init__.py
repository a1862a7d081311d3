from . import crm_sla_clock, crm_sla_policy, crm_sla_revision, crm_sla_rollout

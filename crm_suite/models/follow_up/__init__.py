# mixins first: crm.lead inherits them
from . import crm_first_contact_mixin, crm_attention_mixin
from . import (
    crm_escalation,
    crm_escalation_level,
    crm_first_contact_report,
    crm_interaction,
    crm_interaction_outcome,
    crm_lead,
    crm_snooze,
    crm_snooze_reason,
    crm_team,
    digest_digest,
    mail_activity,
    res_config_settings,
    resource_calendar,
    sale_order,
)

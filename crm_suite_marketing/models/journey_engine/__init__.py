from . import (
    base_partner_merge_automatic_wizard,
    crm_consent,
    crm_journey,
    crm_journey_node,
    crm_journey_participant,
    crm_journey_step,
    crm_lead,
    res_config_settings,
    res_partner,
)

from . import (
    crm_journey_part,
    crm_journey_version,
    crm_journey_node,
    crm_journey_arm,
    crm_journey_edge,
    crm_journey,
    crm_journey_participant,
    crm_journey_step,
    res_partner,
)

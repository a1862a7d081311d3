from . import (
    crm_journey,
    crm_journey_node,
    crm_journey_participant,
    crm_journey_step,
)

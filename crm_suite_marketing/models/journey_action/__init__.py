from . import crm_journey_step, crm_journey_node

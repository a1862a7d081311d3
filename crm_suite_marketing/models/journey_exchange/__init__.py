from . import crm_journey, crm_journey_node

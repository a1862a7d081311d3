from . import crm_journey_node

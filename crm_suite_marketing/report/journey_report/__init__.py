from . import crm_journey_performance, crm_journey_node_performance

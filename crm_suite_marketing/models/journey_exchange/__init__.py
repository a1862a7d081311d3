from . import crm_journey
from . import crm_journey_node
from . import crm_journey_version

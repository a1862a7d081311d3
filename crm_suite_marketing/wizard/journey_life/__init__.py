from . import crm_journey_launch
from . import crm_journey_launch_line

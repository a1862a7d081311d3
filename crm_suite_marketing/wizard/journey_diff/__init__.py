from . import crm_journey_comparison
from . import crm_journey_comparison_line

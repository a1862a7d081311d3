from . import crm_journey_export
from . import crm_journey_import

from . import crm_journey_result, crm_journey_result_line

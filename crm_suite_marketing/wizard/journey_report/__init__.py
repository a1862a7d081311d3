from . import (
    crm_journey_account,
    crm_journey_account_line,
    crm_journey_result,
    crm_journey_result_line,
    crm_journey_simulation,
    crm_journey_simulation_assumption,
    crm_journey_simulation_line,
)

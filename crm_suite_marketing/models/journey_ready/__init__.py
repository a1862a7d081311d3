from . import crm_ready_journey

from . import crm_event_source

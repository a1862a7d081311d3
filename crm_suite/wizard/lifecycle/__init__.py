from . import crm_lifecycle_change

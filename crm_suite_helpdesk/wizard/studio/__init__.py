from . import crm_customization_export

from . import crm_timeline_print

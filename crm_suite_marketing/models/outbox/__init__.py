from . import crm_outbox

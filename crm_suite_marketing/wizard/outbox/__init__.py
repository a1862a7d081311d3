from . import crm_outbox_missed
from . import crm_outbox_resume

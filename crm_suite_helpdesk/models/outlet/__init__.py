from . import crm_ticket
from . import crm_lead
from . import crm_ticket_intake

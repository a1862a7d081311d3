from . import crm_ticket_form
from . import crm_ticket_form_entry
from . import crm_ticket_form_field
from . import crm_knowledge_visit
from . import crm_ticket

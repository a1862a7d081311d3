from . import crm_lead_form_field
from . import crm_lead_form_statistics
from . import crm_lead_form
from . import crm_lead_form_visit
from . import crm_machine_mail
from . import crm_team
from . import crm_lead
from . import mail_thread

from . import crm_lead
from . import crm_machine_mail
from . import crm_team
from . import mail_thread

from . import crm_ticket
from . import mail_alias_domain

from . import crm_outbox
from . import mailing_mailing
from . import res_company

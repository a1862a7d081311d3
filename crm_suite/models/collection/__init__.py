from . import account_move
from . import crm_payment_reminder_level
from . import crm_payment_reminder_preparing
from . import crm_payment_reminder_sending
from . import crm_payment_reminder
from . import crm_payment_reminder_line
from . import res_company
from . import res_partner

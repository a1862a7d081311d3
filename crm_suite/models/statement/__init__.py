from . import crm_statement_ledger
from . import res_partner
from . import crm_payment_reminder_level
from . import crm_payment_reminder

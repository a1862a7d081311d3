from . import crm_payment_delay
from . import crm_receivable_report, crm_receivable_customer
from . import res_partner

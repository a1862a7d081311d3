from . import crm_invoice_dispute

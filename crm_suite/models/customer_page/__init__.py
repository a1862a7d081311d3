from . import sale_order
from . import crm_customer_page_document
from . import crm_customer_page_person
from . import crm_customer_page

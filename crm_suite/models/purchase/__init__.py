from . import sale_order_line
from . import crm_product_purchase_line, crm_product_purchase
from . import crm_lead, product_product, product_template, res_partner

from . import res_company
from . import crm_product_suggestion, crm_product_association
from . import res_config_settings, res_partner

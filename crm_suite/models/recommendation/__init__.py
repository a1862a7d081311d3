from . import res_company
from . import crm_product_association, crm_product_suggestion
from . import res_config_settings, res_partner

from . import crm_lifecycle_stage
from . import res_partner

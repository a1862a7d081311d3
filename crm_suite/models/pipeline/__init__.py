from . import account_move
from . import crm_sales_strip
from . import crm_lead
from . import crm_opportunity_line
from . import crm_team
from . import sale_order
from . import sale_order_line
from . import crm_timeline

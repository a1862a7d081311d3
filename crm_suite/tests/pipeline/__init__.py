from . import test_alternative
from . import test_automation
from . import test_hostile_line
from . import test_opportunity_line
from . import test_quotation
from . import test_rights
from . import test_sales_strip
from . import test_simultaneous

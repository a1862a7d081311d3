from . import test_customer_page
from . import test_customer_page_rights
from . import test_query_budget

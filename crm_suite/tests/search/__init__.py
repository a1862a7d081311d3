from . import test_query_budget
from . import test_search_box
from . import test_search_rights
from . import test_search_upkeep

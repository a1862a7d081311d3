from . import test_letter
from . import test_statement
from . import test_statement_portal
from . import test_statement_send

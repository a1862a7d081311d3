from . import test_assignment
from . import test_assignment_arrival
from . import test_assignment_rules
from . import test_assignment_security
from . import test_assignment_ui

from . import test_arms
from . import test_decision
from . import test_results
from . import test_rights
from . import test_simultaneous_decision

from . import test_breakers
from . import test_limits

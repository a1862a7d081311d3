from . import test_age
from . import test_profile
from . import test_relation

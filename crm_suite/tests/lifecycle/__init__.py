from . import test_lifecycle_hand
from . import test_lifecycle_merge
from . import test_lifecycle_oracle
from . import test_lifecycle_rights
from . import test_lifecycle_rule

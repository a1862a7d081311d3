from . import test_checklist
from . import test_gate
from . import test_score
from . import test_score_rule
from . import test_security
from . import test_threshold
from . import test_ui

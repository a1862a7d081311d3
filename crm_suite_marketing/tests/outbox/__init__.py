from . import test_audience
from . import test_control
from . import test_engine_rights
from . import test_erasure_of_deliveries
from . import test_queue
from . import test_suite_engine
from . import test_timing
from . import test_uncertain

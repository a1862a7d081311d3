from . import test_desk, test_sla_clock

from . import test_sla_clock, test_working_time

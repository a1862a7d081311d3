from . import test_working_hours, test_working_hours_random

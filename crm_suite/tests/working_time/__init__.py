from . import test_working_hours

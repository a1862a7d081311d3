from . import test_acknowledgement, test_closed_hours

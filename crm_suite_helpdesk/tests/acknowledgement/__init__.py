from . import test_acknowledgement, test_by_mail, test_closed_hours

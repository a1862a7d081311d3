from . import test_enrolment, test_moving

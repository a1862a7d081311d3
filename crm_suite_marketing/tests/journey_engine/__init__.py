from . import test_enrolment, test_histories, test_moving, test_people, test_schedule

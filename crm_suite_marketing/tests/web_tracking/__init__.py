from . import test_identification, test_intake, test_reading, test_script, test_visits_kept

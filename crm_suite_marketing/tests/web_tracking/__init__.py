from . import (
    test_forms,
    test_identification,
    test_intake,
    test_reading,
    test_script,
    test_visits_kept,
)

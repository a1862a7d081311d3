from . import test_snooze

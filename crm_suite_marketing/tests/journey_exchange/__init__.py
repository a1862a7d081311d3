from . import test_hostile_files, test_round_trip

from . import test_attacks, test_immutable, test_launch, test_pause, test_people

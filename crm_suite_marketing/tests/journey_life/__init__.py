from . import test_immutable, test_launch

from . import test_age

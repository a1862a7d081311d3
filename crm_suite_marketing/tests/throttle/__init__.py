from . import test_breakers

from . import test_countdown

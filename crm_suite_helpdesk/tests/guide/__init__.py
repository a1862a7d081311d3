from . import test_guide

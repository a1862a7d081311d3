from . import test_decision, test_guide

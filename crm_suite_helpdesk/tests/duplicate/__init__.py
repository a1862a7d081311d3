from . import test_duplicate_hint

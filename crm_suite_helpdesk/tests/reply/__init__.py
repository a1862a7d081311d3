from . import test_canned_replies, test_macros, test_macros_bulk

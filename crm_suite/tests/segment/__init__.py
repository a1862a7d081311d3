from . import test_segment, test_segment_merge, test_segment_security

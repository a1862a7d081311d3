from . import test_performance, test_results

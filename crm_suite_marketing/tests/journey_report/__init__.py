from . import test_performance, test_results, test_simulation

from . import test_availability, test_methods, test_nobody, test_routing

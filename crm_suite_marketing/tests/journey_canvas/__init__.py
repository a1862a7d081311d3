from . import test_forms, test_graph, test_operations

from . import test_builder_ui, test_forms, test_graph, test_operations

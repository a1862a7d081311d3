from . import test_definition

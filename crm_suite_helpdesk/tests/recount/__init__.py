from . import test_recount

from . import test_untouched

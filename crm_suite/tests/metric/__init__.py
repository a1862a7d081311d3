from . import test_figures, test_rights, test_touch

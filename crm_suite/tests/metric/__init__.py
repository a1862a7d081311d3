from . import test_figures, test_lives, test_metric_budget, test_rights, test_touch

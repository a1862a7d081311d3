from . import test_figures, test_metric_budget, test_rights, test_touch

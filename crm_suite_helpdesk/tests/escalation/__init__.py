from . import test_actions, test_ladder, test_late_server, test_recipients, test_rules

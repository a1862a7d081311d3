from . import test_actions, test_late_server, test_recipients

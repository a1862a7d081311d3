from . import test_blocked_sender, test_spam

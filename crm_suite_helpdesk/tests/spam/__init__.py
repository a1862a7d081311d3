from . import test_blocked_sender, test_spam, test_spam_tour

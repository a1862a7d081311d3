from . import test_blocked_sender

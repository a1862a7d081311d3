from . import test_mailing_check

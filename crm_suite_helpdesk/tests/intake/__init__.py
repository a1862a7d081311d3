from . import test_broken_mail, test_mail_to_ticket

from . import test_mail_to_lead

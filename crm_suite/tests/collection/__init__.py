from . import test_customer_takeover
from . import test_reminder_rights, test_reminder_run, test_reminder_sending, test_reminder_ui
from . import test_expected_payment, test_receivable, test_receivable_rights, test_receivable_tour

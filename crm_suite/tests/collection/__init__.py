from . import test_reminder_rights, test_reminder_run, test_reminder_sending

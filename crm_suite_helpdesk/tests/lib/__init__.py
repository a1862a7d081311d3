from . import test_mail_guard, test_sla_clock, test_working_time

from . import test_agent_mail, test_loops, test_reports, test_senders

from . import test_agent_mail, test_senders

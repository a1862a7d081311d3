from . import test_agent_day, test_countdown, test_decisions, test_promise, test_story

from . import test_countdown, test_promise, test_story

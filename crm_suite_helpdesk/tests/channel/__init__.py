from . import test_call, test_intake_api

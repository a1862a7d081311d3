from . import test_call, test_call_tour, test_intake_api

from . import test_ready_journeys

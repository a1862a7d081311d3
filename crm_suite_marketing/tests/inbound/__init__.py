from . import test_event_source, test_events_route

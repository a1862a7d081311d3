from . import (
    test_dates,
    test_events,
    test_hook,
    test_matching,
    test_messages,
    test_orders,
    test_people,
    test_settings,
    test_waking,
)

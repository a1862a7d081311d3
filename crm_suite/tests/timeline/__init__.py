from . import (
    test_timeline,
    test_timeline_hostile,
    test_timeline_mail,
    test_timeline_print,
    test_timeline_reminder,
    test_timeline_search,
    test_timeline_sources,
    test_timeline_ui,
)

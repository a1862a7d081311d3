from . import (
    test_timeline,
    test_timeline_print,
    test_timeline_ui,
)

from . import test_interaction, test_meeting, test_timeline, test_timeline_ui

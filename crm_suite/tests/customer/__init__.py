from . import (
    test_call_list,
    test_contact_merge,
    test_done_activity,
    test_interaction,
    test_interaction_edits,
    test_interaction_security,
    test_interaction_ui,
    test_last_contact,
    test_mail_outcome,
    test_meeting,
    test_meeting_company,
)

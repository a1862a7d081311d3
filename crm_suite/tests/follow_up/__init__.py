from . import (
    test_escalation,
    test_first_contact,
    test_first_contact_messages,
    test_follow_up_install,
    test_follow_up_rights,
    test_snooze,
    test_stalled,
)

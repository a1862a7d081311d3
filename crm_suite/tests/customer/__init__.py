from . import (
    test_contact_merge,
    test_interaction,
    test_interaction_security,
    test_meeting,
    test_meeting_company,
)

from . import (
    test_dialog_rights,
    test_ticket,
    test_ticket_automation,
    test_ticket_history,
    test_ticket_queue,
    test_ticket_rights,
    test_ticket_tour,
)
from . import test_ticket_notes

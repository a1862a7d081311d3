from . import test_ticket_segment

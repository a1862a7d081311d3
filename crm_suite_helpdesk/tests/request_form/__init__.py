from . import test_ticket_form

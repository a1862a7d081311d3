from . import test_conversion, test_documents, test_ticket_work_tour

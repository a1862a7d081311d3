from . import test_messages, test_records, test_rights, test_sales, test_problems, test_engine

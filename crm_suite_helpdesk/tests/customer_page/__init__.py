from . import test_customer_page

from . import test_customer_risk

from . import (
    test_customer_flow,
    test_customer_profit,
    test_customer_report_rights,
    test_customer_risk,
    test_customer_value,
    test_random_orders,
    test_retention,
    test_same_revenue,
)

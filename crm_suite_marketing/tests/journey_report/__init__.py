from . import (
    test_account,
    test_agreement,
    test_message_agreement,
    test_performance,
    test_report_tour,
    test_results,
    test_simulation,
)

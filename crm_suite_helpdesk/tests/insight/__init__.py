from . import (
    test_ticket_facts,
    test_reports,
    test_history,
    test_report_rights,
    test_desk,
    test_performance_print,
    test_insight_tour,
)

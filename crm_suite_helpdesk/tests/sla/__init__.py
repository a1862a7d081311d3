from . import (
    test_sla_answers,
    test_sla_decisions,
    test_edge_cases,
    test_edge_cases_time,
    test_random_lives,
    test_sla_calendar,
    test_sla_life,
    test_sla_matching,
    test_sla_policy,
    test_sla_rights,
    test_sla_state,
)

from . import (
    test_assignment_rights,
    test_assignment_tour,
    test_availability,
    test_hand_over,
    test_methods,
    test_nobody,
    test_routing,
)

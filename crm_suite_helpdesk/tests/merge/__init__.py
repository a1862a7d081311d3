from . import (
    test_later_mail,
    test_merge,
    test_merge_apart,
    test_merge_portal,
    test_merge_sla,
    test_merge_undo,
    test_merge_wizard,
    test_several_tour,
    test_split,
)

from . import (
    test_segment,
    test_segment_composition,
    test_segment_documents,
    test_segment_figures,
    test_segment_limits,
    test_segment_merge,
    test_segment_overlap,
    test_segment_preview,
    test_segment_random,
    test_segment_security,
    test_segment_size,
    test_segment_tour,
)

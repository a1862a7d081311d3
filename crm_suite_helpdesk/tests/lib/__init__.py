from . import (
    test_auto_answer,
    test_desk,
    test_duplicate,
    test_knowledge,
    test_mail_ladder,
    test_placeholders,
    test_routing,
    test_sentiment,
    test_silence,
    test_sla_clock,
    test_sla_ladder,
    test_snooze,
)

from . import (
    test_auto_answer,
    test_desk,
    test_duplicate,
    test_knowledge,
    test_routing,
    test_silence,
    test_sla_clock,
    test_sla_ladder,
    test_snooze,
)
from . import test_mail_ladder

from . import (
    test_auto_answer,
    test_duplicate,
    test_knowledge,
    test_placeholders,
    test_routing,
    test_silence,
)
from . import test_mail_ladder
from . import test_desk, test_placeholders, test_sla_clock, test_sla_ladder, test_snooze

from . import (
    test_auto_answer,
    test_duplicate,
    test_knowledge,
    test_routing,
    test_silence,
)
from . import test_mail_ladder

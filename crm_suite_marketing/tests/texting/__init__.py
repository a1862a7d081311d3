from . import test_simultaneous_reports
from . import test_text_messages

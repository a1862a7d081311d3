from . import test_promise
from . import test_promise_rights
from . import test_promise_ui
from . import test_reminder_promise

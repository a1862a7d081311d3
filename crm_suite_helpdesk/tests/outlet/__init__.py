from . import test_conversion
from . import test_intake
from . import test_merge
from . import test_portal
from . import test_replies
from . import test_ticket_form

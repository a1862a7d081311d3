from . import test_assignment
from . import test_domain_compiler
from . import test_mail_forward
from . import test_mail_guard
from . import test_mail_reader
from . import test_mail_signature
from . import test_timeline
from . import test_working_time

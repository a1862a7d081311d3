from . import test_domain_compiler, test_timeline
from . import test_domain_compiler
from . import test_mail_signature

from . import test_domain_compiler, test_timeline

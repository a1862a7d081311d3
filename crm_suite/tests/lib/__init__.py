from . import test_domain_compiler

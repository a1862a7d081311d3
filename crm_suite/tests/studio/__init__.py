from . import test_form_rule

from . import test_merge_fields
from . import test_ready_templates
from . import test_template_injection

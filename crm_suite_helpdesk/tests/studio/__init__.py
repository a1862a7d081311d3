from . import test_custom_field_usage
from . import test_helpdesk_packs

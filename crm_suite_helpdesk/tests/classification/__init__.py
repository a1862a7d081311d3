from . import test_category, test_properties, test_tier

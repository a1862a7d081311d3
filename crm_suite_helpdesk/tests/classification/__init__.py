from . import test_category, test_default_categories, test_properties, test_tier

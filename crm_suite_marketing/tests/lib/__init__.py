from . import test_attribution, test_consent, test_delivery_token, test_merge_fields

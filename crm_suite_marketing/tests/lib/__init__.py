from . import test_consent, test_delivery_token

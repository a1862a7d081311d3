from . import test_referral

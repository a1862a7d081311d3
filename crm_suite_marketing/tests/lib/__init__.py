from . import (
    test_ab_test,
    test_attribution,
    test_bot_filter,
    test_consent,
    test_delivery_token,
    test_engagement,
    test_mail_check,
    test_mail_report,
    test_merge_fields,
    test_throttle,
    test_time_steps,
    test_webhook,
)

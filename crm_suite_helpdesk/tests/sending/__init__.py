from . import (
    test_delivery_failures,
    test_newer_message,
    test_notes_stay_private,
    test_recipients,
    test_reply_tour,
    test_send_later,
)

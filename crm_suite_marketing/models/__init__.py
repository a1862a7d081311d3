from . import (
    base,
    consent,
    campaign,
    outbox,
    sending,
    engagement,
    content,
    preview,
    check,
    attribution,
    ab_test,
)

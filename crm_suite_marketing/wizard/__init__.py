from . import (
    check,
    consent,
    journey_diff,
    journey_exchange,
    journey_life,
    journey_report,
    outbox,
    preview,
)

from . import (
    assignment,
    channel,
    document,
    insight,
    merge,
    policy,
    relation,
    setup,
    sla,
    snooze,
    spam,
    voice,
)

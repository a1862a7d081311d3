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
from . import document, insight, merge, policy, relation, reply, setup, sla, snooze

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
    voice,
)
from . import document, insight, merge, policy, relation, setup, sla, snooze, spam

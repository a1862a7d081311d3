from . import (
    base,
    ticket,
    classification,
    document,
    snooze,
    facts,
    portal,
    sla,
    deadline,
    relation,
    merge,
    intake,
)

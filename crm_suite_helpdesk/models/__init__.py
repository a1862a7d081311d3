from . import (
    base,
    ticket,
    classification,
    document,
    snooze,
    facts,
    portal,
    sla,
    relation,
    merge,
    intake,
)

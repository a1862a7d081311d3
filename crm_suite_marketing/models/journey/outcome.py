"""What became of a step at a node that does something."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Outcome:
    """What a node did for one participant.

    :ivar port: the way out
    :ivar state: ``done``; ``skipped`` (nothing was done, and he goes on); ``failed`` (a person
        has to look at it; he stays); ``retry`` (it may work later); ``put_off`` until `due_at`
    :ivar reason: short code, one of `choices.STEP_REASONS`
    :ivar detail: words for people
    :ivar outbox_id: the delivery that came of it
    """

    port: str = "next"
    state: str = "done"
    reason: str | None = None
    detail: str | None = None
    due_at: datetime | None = None
    outbox_id: int | None = None


DONE = Outcome()

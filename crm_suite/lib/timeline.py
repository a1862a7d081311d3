"""The value types of the customer timeline: what a source of events is, and where a page ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class TimelineSource:
    """One kind of event in the history of a customer.

    :ivar key: stable and unique; also the value of the channel filter
    :ivar label: translated name, shown to the user
    :ivar icon: Font Awesome class, like ``fa-phone``
    :ivar model: the model whose access rights decide who sees the event
    :ivar keys: ``(partner_ids, before, limit) -> SQL`` selecting exactly ``(date, res_id)``, newest
        first: ``ORDER BY date DESC, res_id DESC LIMIT limit``, with ``date <= before`` when given
    :ivar rows: ``recordset -> {res_id: values}``; values hold ``title`` and optionally ``preview``,
        ``author``, ``amount``, ``state``, ``icon``, ``label``, ``date_only``, ``res_model`` and
        ``res_id``
    :ivar by_contact: whoever may read the contact may see its events, without rights on the model;
        ``rows`` then gets the records as superuser, and returns only what such a reader may know
    :ivar chip: translated name of a filter button that several sources share; default: the label
    """

    key: str
    label: str
    icon: str
    model: str
    keys: Callable[..., Any]
    rows: Callable[..., dict[int, dict]]
    by_contact: bool = False
    chip: str = ""


@dataclass(frozen=True)
class TimelinePosition:
    """The last event that a reader has passed, in the order (date, source, res_id), all descending.

    ``ties`` counts the events of this very date that were passed: a source only knows ``before``,
    so that many of its rows may come again and have to be read beyond.
    """

    date: datetime
    source: str
    res_id: int
    ties: int

    @property
    def key(self):
        """What follows in the timeline is smaller than this."""
        return (self.date, self.source, self.res_id)

    @classmethod
    def parse(cls, cursor):
        """Read a cursor that came back from a client.

        :param cursor: ``None`` or ``[iso date, source, res_id, ties]``
        :raise ValueError: when it is anything else
        """
        if cursor is None or cursor is False:
            return None
        try:
            date, source, res_id, ties = cursor
            if not (
                isinstance(date, str)
                and isinstance(source, str)
                and type(res_id) is int
                and type(ties) is int
                and 0 < res_id < 2**31
                and 0 < ties < 2**31
            ):
                raise ValueError
            moment = datetime.fromisoformat(date)
        except (TypeError, ValueError) as error:
            raise ValueError(f"not a timeline cursor: {cursor!r}") from error
        if moment.tzinfo:
            raise ValueError(f"not a timeline cursor: {cursor!r}")
        return cls(moment, source, res_id, ties)

    def dump(self):
        """The cursor for the client, the inverse of :meth:`parse`."""
        return [self.date.isoformat(), self.source, self.res_id, self.ties]

    @classmethod
    def after(cls, position, date, source, res_id):
        """The position after one more event, counting the events that share its date."""
        ties = position.ties + 1 if position and position.date == date else 1
        return cls(date, source, res_id, ties)

"""The value types of the customer timeline: what a source of events is, and where a page ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from .search_text import SearchWords

# Larger than any id: all events of a moment come after this one
AFTER_ALL = 2**31 - 1


@dataclass(frozen=True)
class TimelineQuery:
    """What a source is asked for: the newest events of a customer, or of a lead without contact,
    that come after a point of the timeline.

    :ivar customer_id: the commercial partner; ``None`` when the history is that of a lead
    :ivar partner_ids: the contacts of the customer that the reader may read
    :ivar hidden_ids: the contacts of the customer that the reader may not read
    :ivar lead_id: the lead without contact whose history it is; ``None`` for a customer
    :ivar limit: how many events at most
    :ivar before: with ``before_id`` the point of the timeline: ``(date, id) < (before,
        before_id)``; ``None`` for the beginning
    :ivar words: what the reader looks for; falsy when he does not
    :ivar memo: what sources find out once and use again while a page is read
    """

    customer_id: int | None
    partner_ids: tuple[int, ...]
    hidden_ids: tuple[int, ...]
    lead_id: int | None
    limit: int
    before: datetime | None = None
    before_id: int = 0
    words: SearchWords | None = None
    memo: dict = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class TimelineSource:
    """One kind of event in the history of a customer.

    :ivar key: stable and unique; also the value of the channel filter
    :ivar label: translated name, shown to the user
    :ivar icon: Font Awesome class, like ``fa-phone``
    :ivar model: the model whose access rights decide who sees the event
    :ivar keys: ``TimelineQuery -> SQL`` selecting exactly ``(date timestamp, res_id integer)``,
        newest first; ``crm.timeline._make_keys`` writes it
    :ivar rows: ``recordset -> {res_id: values}``; values hold ``title`` and optionally ``preview``,
        ``author``, ``amount``, ``state``, ``icon``, ``label``, ``next_step``, ``next_step_date``,
        ``res_model`` and ``res_id``
    :ivar can_search: ``keys`` heeds ``query.words``. A source that does not shows nothing while
        the reader searches.
    :ivar has_leads: ``keys`` heeds ``query.lead_id``. A source that does not shows nothing for a
        lead without contact.
    :ivar is_day: the events have a day, no time: ``keys`` selects the midnight of the reader
    :ivar by_contact: whoever may read the contact may see what ``keys`` selects, without rights on
        the model; ``rows`` then gets the records as superuser, and returns only what such a reader
        may know
    :ivar chip: translated name of a filter button that several sources share; default: the label
    """

    key: str
    label: str
    icon: str
    model: str
    keys: Callable[[TimelineQuery], Any]
    rows: Callable[..., dict[int, dict]]
    can_search: bool = False
    has_leads: bool = False
    is_day: bool = False
    by_contact: bool = False
    chip: str = ""


@dataclass(frozen=True)
class TimelinePosition:
    """A point of the timeline, in the order (date, source, res_id), all descending.

    What is smaller comes after it.
    """

    date: datetime
    source: str
    res_id: int

    @classmethod
    def parse(cls, cursor):
        """Read a cursor that came back from a client.

        :param cursor: ``None`` or ``[iso date, source, res_id]``
        :raise ValueError: when it is anything else
        """
        if cursor is None or cursor is False:
            return None
        try:
            date, source, res_id = cursor
            if not (
                isinstance(date, str)
                and isinstance(source, str)
                and type(res_id) is int
                and 0 < res_id <= AFTER_ALL
            ):
                raise ValueError
            moment = datetime.fromisoformat(date)
        except (TypeError, ValueError) as error:
            raise ValueError(f"not a timeline cursor: {cursor!r}") from error
        if moment.tzinfo:
            raise ValueError(f"not a timeline cursor: {cursor!r}")
        return cls(moment, source, res_id)

    @classmethod
    def at_end_of(cls, day, tz):
        """The point after which come the events of a day in a time zone, and what was before.

        :param str day: ISO date
        :raise ValueError: when it is anything else
        """
        day = date.fromisoformat(day)
        try:
            midnight = datetime.combine(day + timedelta(days=1), time.min)
            moment = tz.localize(midnight).astimezone(timezone.utc).replace(tzinfo=None)
        except OverflowError:  # on the first or last days that there are
            moment = datetime.max if day.year > 1000 else datetime.min
        return cls(moment, "", 0)

    def dump(self):
        """The cursor for the client, the inverse of :meth:`parse`."""
        return [self.date.isoformat(), self.source, self.res_id]

    def get_bound(self, source):
        """The ``(before, before_id)`` after which the events of one source come.

        Of the very moment of the position, sources with a smaller key come as a whole, those with
        a larger one came before.
        """
        if source == self.source:
            return self.date, self.res_id
        return self.date, AFTER_ALL if source < self.source else 0

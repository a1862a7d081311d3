"""Working time as arithmetic: how much of it lies between two instants, and when some has passed.

Instants are integers, seconds since the epoch in UTC; amounts are integer seconds of work.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime, timezone


class WorkingTime:
    """A prefix-sum index over disjoint work intervals.

    Building costs one pass over the intervals; every question afterwards is one or two bisections,
    whatever the distance between the instants.
    """

    __slots__ = ("_ends", "_starts", "_sums")

    def __init__(self, intervals: Iterable[tuple[int, int]]):
        """:param intervals: (start, end) pairs in any order, ends excluded. Pairs may touch and
        overlap: they are merged, and empty ones are dropped.
        """
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(intervals):
            if end <= start:
                continue
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)
        self._sums = [0]
        for start, end in zip(self._starts, self._ends, strict=True):
            self._sums.append(self._sums[-1] + end - start)

    def _until(self, instant: int) -> int:
        """Work done from the beginning of the index up to `instant`."""
        i = bisect_right(self._starts, instant) - 1
        if i < 0:
            return 0
        return self._sums[i] + min(instant, self._ends[i]) - self._starts[i]

    def worked(self, start: int, end: int) -> int:
        """Seconds of work between two instants; 0 when `end` is not after `start`."""
        return self._until(end) - self._until(start) if end > start else 0

    def add(self, instant: int, seconds: int) -> int | None:
        """The first instant at or after `instant` by which `seconds` of work have passed.

        :return: None when the index ends before that much work has been done.
        """
        if seconds <= 0:
            return instant
        goal = self._until(instant) + seconds
        if goal > self._sums[-1]:
            return None
        i = bisect_left(self._sums, goal) - 1
        return self._starts[i] + goal - self._sums[i]

    def intervals(self, start: int, end: int) -> list[tuple[int, int]]:
        """The spans of work between two instants, in order, disjoint and not touching.

        :return: (start, end) pairs, ends excluded, whose lengths add up to `worked(start, end)`
        """
        if end <= start:
            return []
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        spans = zip(self._starts[first:last], self._ends[first:last], strict=True)
        return [(max(opening, start), min(closing, end)) for opening, closing in spans]


class AlwaysOpen:
    """The working time of a service that never closes, with the interface of `WorkingTime`."""

    __slots__ = ()

    def worked(self, start: int, end: int) -> int:
        return max(0, end - start)

    def add(self, instant: int, seconds: int) -> int | None:
        return instant + max(0, seconds)

    def intervals(self, start: int, end: int) -> list[tuple[int, int]]:
        return [(start, end)] if end > start else []


class Horizon:
    """The working time of a calendar as far as anyone asks, with the interface of `WorkingTime`.

    Calendars have no end, indexes do: this asks `load` for the years that a question touches, and
    keeps the last answer for the next question.
    """

    # Years after the first in which a deadline is looked for before giving up
    REACH = (1, 2, 5)

    __slots__ = ("_begin", "_end", "_index", "_load")

    def __init__(self, load: Callable[[int, int], WorkingTime]):
        """:param load: gives the index over whole years in UTC, from the first to the last."""
        self._load = load
        self._begin = self._end = 0
        self._index = WorkingTime(())

    def worked(self, start: int, end: int) -> int:
        if end <= start:
            return 0
        if not (self._begin <= start and end <= self._end):
            self._cover(start, end)
        return self._index.worked(start, end)

    def add(self, instant: int, seconds: int) -> int | None:
        if seconds <= 0:
            return instant
        if self._begin <= instant < self._end:
            found = self._index.add(instant, seconds)
            if found is not None:
                return found
        first = _year(instant)
        for years in self.REACH:
            self._reach(first, first + years)
            found = self._index.add(instant, seconds)
            if found is not None:
                return found
        return None

    def intervals(self, start: int, end: int) -> list[tuple[int, int]]:
        if end <= start:
            return []
        if not (self._begin <= start and end <= self._end):
            self._cover(start, end)
        return self._index.intervals(start, end)

    def _cover(self, start: int, end: int) -> None:
        first = _year(start)
        self._reach(first, max(_year(end), first + self.REACH[0]))

    def _reach(self, first: int, last: int) -> None:
        self._index = self._load(first, last)
        self._begin, self._end = _new_year(first), _new_year(last + 1)


def _year(instant: int) -> int:
    return datetime.fromtimestamp(instant, timezone.utc).year


def _new_year(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=timezone.utc).timestamp())


def first_outside(spans: Iterable[tuple[int, int]], holes: Iterable[tuple[int, int]]) -> int | None:
    """The first instant that is in one of the spans and in none of the holes; None without any.

    :param spans: (start, end) pairs in order, ends excluded, as those of `intervals`
    :param holes: the same in any order; they may overlap

    >>> first_outside([(8, 12), (13, 17)], [(7, 9), (9, 12)])
    13
    """
    holes = sorted(holes)
    for start, end in spans:
        for opening, closing in holes:
            if opening <= start < closing:
                start = closing
        if start < end:
            return start
    return None


def epoch(instant: datetime | None) -> int | None:
    """Integer epoch seconds of a naive UTC datetime; None for none."""
    return int(instant.replace(tzinfo=timezone.utc).timestamp()) if instant else None


def moment(seconds: int | None) -> datetime | bool:
    """The naive UTC datetime of an epoch second; False for none, as fields want it."""
    if seconds is None:
        return False
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)


def clock_text(seconds: int) -> str:
    """An amount of time as hours and minutes: 02:15, also over a day: 30:00."""
    minutes = max(0, seconds) // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"

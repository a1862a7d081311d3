"""What a worker asks before it hands messages over: whether their domain or mail server is held,
and how many its limit lets through. A few queries for each batch, on the worker's cursor.
"""

import json
from collections import Counter, defaultdict

from odoo import fields
from odoo.tools import SQL

from ...lib import throttle as lib
from ...lib.mail_report import hide_addresses
from ...lib.throttle import SECONDS
from .handover import Fate

# answers "not now" of one domain without another in between; one may mean a full mailbox
STRIKES = 3
LIMIT_COLUMNS = (
    "id",
    "kind",
    "server_id",
    "domain",
    "rate",
    "unit",
    "has_warmup",
    "warmup_start",
    "warmup_first",
    "warmup_factor",
    "warmup_full",
    "tokens",
    "filled_at",
    "used_day",
    "used",
    "queue_at",
    "queued",
    "lent",
)


def get_domain(row):
    return (row["identity"] or "").rpartition("@")[2]


class Rations:
    """Of one run of a worker.

    :ivar holds: ``{(kind, server id or domain): held until}``; the server of the configuration
        file is 0. What it said is about one recipient: it is not written to others.
    :ivar beaten: those of earlier holds that have let nobody through since
    :ivar paid: ``{row id: [limit ids]}`` of rows that may go and have not gone yet
    :ivar asked: ``{row id: server id}`` whose limit has been asked
    :ivar lenders: ids of the limits that have granted something in this batch; each knows how much,
        for the case that this worker dies
    """

    def __init__(self, run):
        self.run = run
        self.holds, self.beaten, self.strikes = {}, set(), Counter()
        self.paid, self.asked, self.lenders = defaultdict(list), {}, set()

    def begin(self):
        """A new batch: what others have met with since."""
        self.paid.clear()
        self.asked.clear()
        self.lenders.clear()
        now = fields.Datetime.now()
        rows = self.run.query(
            SQL(
                """SELECT kind, server_id, domain, held_until FROM crm_sending_hold
                    WHERE held_until > %s OR level > 0""",
                now,
            )
        )
        known = {
            (kind, domain if kind == "domain" else server_id or 0): until
            for kind, server_id, domain, until in rows
        }
        self.holds = {key: until for key, until in known.items() if until > now}
        self.beaten = known.keys() - self.holds.keys()

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def ask(self, rows, server_id=None):
        """Ask for the domains of these rows, and for their server where it is known already.

        :param server_id: 0: that of the configuration file; None: not known yet
        :return: ``{row id: Fate}`` of those that wait
        """
        groups = defaultdict(list)
        for row in rows:
            groups["domain", get_domain(row)].append(row)
        if server_id is not None:
            self.asked.update((row["id"], server_id) for row in rows)
            groups["server", server_id] = rows
        return self._ask(groups)

    def ask_server(self, server_id, rows):
        """Ask for the server that these rows turned out to take."""
        key = "server", server_id
        if key in self.holds:
            return self._find_held({key: rows})
        rows = [row for row in rows if self.asked.get(row["id"]) != server_id]
        return self._ask({key: rows}) if rows else {}

    def _ask(self, groups):
        fates = self._find_held(groups)
        free = {
            key: left
            for key, rows in groups.items()
            if (left := [row for row in rows if row["id"] not in fates])
        }
        now, changed = fields.Datetime.now(), []
        # domains first: whoever waits for them takes nothing of the server's
        for limit in sorted(self._read_limits(free), key=lambda limit: limit["kind"]):
            key = self._get_key(limit)
            rows = [row for row in free[key] if row["id"] not in fates]
            granted, times, state = lib.take(make_limit(limit), make_state(limit), len(rows), now)
            changed.append((limit["id"], state, self._lend(limit, granted)))
            for row in rows[:granted]:
                self.paid[row["id"]].append(limit["id"])
            for row, at in zip(rows[granted:], times, strict=True):
                fates[row["id"]] = Fate("waits", "throttled", at=round_up(at))
        self._write_limits(changed)
        return fates

    def _lend(self, limit, granted):
        """:return: ``{worker: messages granted in its present batch}``"""
        lent, name = dict(limit["lent"] or {}), self.run.name
        before = lent.get(name, 0) if limit["id"] in self.lenders else 0
        self.lenders.add(limit["id"])
        return lent | {name: before + granted}

    def _find_held(self, groups):
        return {
            row["id"]: Fate("waits", "on_hold", at=self.holds[key])
            for key, rows in groups.items()
            if key in self.holds
            for row in rows
        }

    def _get_key(self, limit):
        if limit["kind"] == "domain":
            return "domain", limit["domain"]
        return "server", limit["server_id"] or 0

    def _read_limits(self, groups):
        return self._select(
            SQL(
                """active AND (kind = 'domain' AND domain = ANY(%s)
                               OR kind = 'server' AND COALESCE(server_id, 0) = ANY(%s))""",
                [name for kind, name in groups if kind == "domain"],
                [name for kind, name in groups if kind == "server"],
            )
        )

    def _select(self, condition):
        rows = self.run.query(
            SQL(
                "SELECT %s FROM crm_sending_limit WHERE %s ORDER BY id FOR NO KEY UPDATE",
                SQL(", ").join(map(SQL.identifier, LIMIT_COLUMNS)),
                condition,
            )
        )
        return [dict(zip(LIMIT_COLUMNS, row, strict=True)) for row in rows]

    def _write_limits(self, changed):
        """Write the states of limits that are locked, and let others to them."""
        if changed:
            rows = [
                SQL(
                    "(%s, %s, %s::timestamp, %s::date, %s, %s::timestamp, %s, %s::jsonb)",
                    limit_id,
                    state.tokens,
                    state.filled_at,
                    state.day,
                    state.used,
                    state.queue_at,
                    state.queued,
                    json.dumps(lent) if lent else None,
                )
                for limit_id, state, lent in changed
            ]
            self.run.cr.execute(
                SQL(
                    """
                    UPDATE crm_sending_limit AS l
                       SET tokens = v.tokens, filled_at = v.filled_at, used_day = v.day,
                           used = v.used, queue_at = v.queue_at, queued = v.queued,
                           lent = v.lent
                      FROM (VALUES %s)
                           AS v(id, tokens, filled_at, day, used, queue_at, queued, lent)
                     WHERE l.id = v.id
                    """,
                    SQL(", ").join(rows),
                )
            )
        self.run.commit()

    def spend(self, row):
        """This one goes."""
        self.paid.pop(row["id"], None)

    def give_back(self):
        """Return what was taken for messages that have not gone."""
        counts = Counter(limit_id for limits in self.paid.values() for limit_id in limits)
        self.paid.clear()
        if self.lenders:
            limits = self._select(SQL("id = ANY(%s)", sorted(self.lenders)))
            self._return([(limit, counts[limit["id"]]) for limit in limits], self.run.name)
        self.lenders.clear()

    def recover(self, name, domains):
        """Return what a dead worker had taken.

        :param domains: that of each message that it had claimed and that has not gone
        """
        limits = self._select(SQL("lent ->> %s IS NOT NULL", name))
        if not limits:
            return
        counts = Counter(domains)
        # which server a message takes is not written down before it goes
        returned = []
        for limit in limits:
            left = counts[limit["domain"]] if limit["kind"] == "domain" else len(domains)
            returned.append((limit, min(left, limit["lent"][name])))
        self._return(returned, name)

    def _return(self, counts, name):
        """:param counts: list of (limit that is locked, number)"""
        now = fields.Datetime.now()
        for limit, _number in counts:
            (limit["lent"] or {}).pop(name, None)
        self._write_limits(
            [
                (
                    limit["id"],
                    lib.give_back(make_limit(limit), make_state(limit), number, now),
                    limit["lent"],
                )
                for limit, number in counts
            ]
        )

    # ------------------------------------------------------------------
    # Holding
    # ------------------------------------------------------------------

    def hear(self, server_id, row, fate):
        """A mail server has answered.

        :return: what is held from now on, or None
        """
        domain = get_domain(row)
        if fate.kind == "sent":
            self._forgive(("domain", domain), ("server", server_id))
        if fate.kind != "refused":
            self.strikes.pop(domain, None)
            return None
        if fate.scope == "server":
            return self.hold(("server", server_id), "deferred", fate.detail)
        if fate.scope == "domain":
            self.strikes[domain] += 1
            if self.strikes[domain] >= STRIKES:
                return self.hold(("domain", domain), "deferred", fate.detail)
        return None

    def _forgive(self, *keys):
        """Somebody got through: the next hold is a first one again."""
        for key in self.beaten.intersection(keys):
            kind, name = key
            self.beaten.discard(key)
            self.run.cr.execute(
                SQL(
                    """UPDATE crm_sending_hold SET level = 0
                        WHERE kind = %s AND COALESCE(domain, '') = %s
                          AND COALESCE(server_id, 0) = %s AND held_until <= %s""",
                    kind,
                    name if kind == "domain" else "",
                    name if kind == "server" else 0,
                    fields.Datetime.now(),
                )
            )
            self.run.commit()

    def hold(self, key, reason, words):
        """Send nothing there for a time, the longer the more often it happens."""
        kind, name = key
        server_id = (name or None) if kind == "server" else None
        domain = name if kind == "domain" else None
        values = {"kind": kind, "server_id": server_id, "domain": domain}
        now = fields.Datetime.now()
        # at first held by nobody; others who come at the same moment wait here
        [[hold_id, level, until]] = self.run.query(
            SQL(
                """
                INSERT INTO crm_sending_hold AS hold
                       (kind, server_id, domain, held_until, began_at, level, reason)
                VALUES (%(kind)s, %(server_id)s, %(domain)s, %(now)s, %(now)s, 0, %(reason)s)
                ON CONFLICT (kind, COALESCE(server_id, 0), COALESCE(domain, ''))
                   DO UPDATE SET kind = hold.kind
                RETURNING id, level, held_until
                """,
                **values,
                now=now,
                reason=reason,
            )
        )
        level, until = lib.hold(level, until, now, is_lost=reason == "connection")
        self.run.cr.execute(
            SQL(
                """UPDATE crm_sending_hold
                      SET level = %(level)s, held_until = %(until)s, reason = %(reason)s,
                          words = %(words)s, released_by_id = NULL,
                          began_at = CASE WHEN %(level)s = 1 THEN %(now)s ELSE began_at END
                    WHERE id = %(id)s""",
                level=level,
                until=until,
                reason=reason,
                words=hide_addresses(words or ""),
                now=now,
                id=hold_id,
            )
        )
        self.run.commit()
        self.strikes.pop(name, None)
        self.holds[key] = until
        return key


def make_limit(values):
    warmup = None
    if values["has_warmup"]:
        warmup = lib.Warmup(
            values["warmup_start"],
            values["warmup_first"],
            values["warmup_factor"],
            values["warmup_full"],
        )
    return lib.Limit(values["rate"] or 0, SECONDS[values["unit"]], warmup)


def make_state(values):
    """:return: None before the first message"""
    if not values["filled_at"]:
        return None
    return lib.State(
        values["tokens"] or 0.0,
        values["filled_at"],
        values["used_day"],
        values["used"] or 0,
        values["queue_at"],
        values["queued"] or 0,
    )


def round_up(at):
    """Return the next full second: what is kept is kept without parts of it."""
    return fields.Datetime.add(at, seconds=1).replace(microsecond=0) if at.microsecond else at

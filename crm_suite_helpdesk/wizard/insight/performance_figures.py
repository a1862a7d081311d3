"""The figures of the printed performance report, by a fixed number of queries."""

from datetime import timedelta

from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

PERFORMANCE = (
    "opened:sum",
    "answered:sum",
    "solved:sum",
    "dropped:sum",
    "reopened:sum",
    "response_hours:avg",
    "response_median:avg",
    "solution_hours:avg",
    "solution_median:avg",
    "reopen_rate:avg",
    "first_contact_rate:avg",
)
PROMISES = (
    "met:sum",
    "missed:sum",
    "forgiven:sum",
    "met_rate:avg",
    "late_hours:avg",
    "late_max:max",
)
# Averages and shares mean something only where there is something to average
BASES = {
    "response_hours": "answered",
    "response_median": "answered",
    "solution_hours": "solved",
    "solution_median": "solved",
    "reopen_rate": "solved",
    "first_contact_rate": "solved",
    "met_rate": "decided",
    "late_hours": "missed",
    "late_max": "missed",
}
NOTHING = {figure.partition(":")[0]: 0 for figure in (*PERFORMANCE, *PROMISES)} | {"decided": 0}
# Customers and categories: the busiest
TOP = 10
# Longer periods are shown by month
WEEKS_UP_TO = timedelta(days=62)
# Clocks that are late and still run; more of them are no list, but a flood
LIVE_LIMIT = 1000


class PerformanceFigures:
    """Reads what a `crm.ticket.performance` is about, with the rights of its user."""

    def __init__(self, report):
        self.env = report.env
        self.report = report
        self.domain = report._get_domain()
        self.start, self.end = report._get_period()
        self.in_period = (
            self.domain & Domain("date", ">=", self.start) & Domain("date", "<", self.end)
        )

    def read_all(self):
        """All figures, as the QWeb template wants them: texts, already formatted."""
        tables = [
            self._read_table(self.env._("By Team"), self.env._("Team"), "team_id"),
            self._read_table(self.env._("By Agent"), self.env._("Agent"), "user_id"),
            self._read_table(self.env._("By Category"), self.env._("Category"), "category_id", TOP),
            self._read_table(self.env._("By Customer"), self.env._("Customer"), "partner_id", TOP),
        ]
        total = self._read_groups([])[()]
        return {
            "total": self._show(total),
            "open_at_start": self._count_open(self.start, []).get((), 0),
            "open_at_end": self._count_open(self.end, []).get((), 0),
            "has_figures": any(
                total[name] for name in ("opened", "answered", "solved", "met", "missed")
            ),
            "trend": self._read_trend(),
            "tables": [table for table in tables if table["rows"]],
            "policies": self._read_policies(),
            "causes": self._read_causes(),
            "misses": self._read_misses(),
        }

    # ------------------------------------------------------------------ groups

    def _read_groups(self, groupby):
        """The raw figures of each group.

        :return: {key: {figure: number}}; the key is a tuple of the values of `groupby`
        """
        groups = {}
        for model, figures in (
            ("crm.ticket.performance.report", PERFORMANCE),
            ("crm.sla.report", PROMISES),
        ):
            rows = self.env[model]._read_group(self.in_period, groupby, figures)
            for row in rows:
                key, values = row[: len(groupby)], row[len(groupby) :]
                group = groups.setdefault(tuple(key), {})
                group.update(zip((f.partition(":")[0] for f in figures), values, strict=True))
        return {
            key: {**NOTHING, **group, "decided": group.get("met", 0) + group.get("missed", 0)}
            for key, group in groups.items()
        }

    def _count_open(self, moment, groupby):
        """How many tickets were open at a moment, by group.

        :return: {key: count}, the key as in `_read_groups`
        """
        Ticket = self.env["crm.ticket"].with_context(active_test=False)
        rows = Ticket._read_group(
            self.domain & Domain(Ticket._get_open_domain(moment)), groupby, ["__count"]
        )
        return {tuple(row[:-1]): row[-1] for row in rows}

    def _read_table(self, title, label, field_name, limit=None):
        """A table with one row for each value of a field, the busiest first."""
        groups = self._read_groups([field_name])
        still_open = {}
        if field_name in ("team_id", "user_id"):
            still_open = self._count_open(self.end, [field_name])
            for key in still_open:
                groups.setdefault(key, NOTHING)
        rows = [
            {
                "name": self._get_name(key[0], field_name),
                "open_at_end": still_open.get(key, 0),
                "sort": (-group["opened"] - group["solved"], -group["decided"]),
                **self._show(group),
            }
            for key, group in groups.items()
        ]
        rows.sort(key=lambda row: (row["sort"], row["name"]))
        return {
            "title": title,
            "label": label,
            "rows": rows[:limit],
            "more": len(rows) > len(rows[:limit])
            and self.env._("and %s more", len(rows) - len(rows[:limit])),
            "has_open": bool(field_name in ("team_id", "user_id")),
        }

    def _get_name(self, record, field_name):
        if record:
            # sudo: names are no secret to whoever may see the figures
            return record.sudo().display_name
        return {
            "team_id": self.env._("No team"),
            "user_id": self.env._("Unassigned"),
            "category_id": self.env._("No category"),
            "partner_id": self.env._("Unknown customer"),
        }[field_name]

    def _read_trend(self):
        """The period by week or month, with the backlog at the end of each."""
        by_week = self.report.date_to - self.report.date_from <= WEEKS_UP_TO
        spec = "date:week" if by_week else "date:month"
        groups = {_to_date(key[0]): group for key, group in self._read_groups([spec]).items()}
        backlog = self.env["crm.ticket.backlog.report"]._read_group(
            self.domain
            & Domain("date", ">=", self.report.date_from)
            & Domain("date", "<=", self.report.date_to),
            [spec],
            ["open_at_end:sum"],
        )
        still_open = {_to_date(day): count for day, count in backlog}
        return [
            {
                "name": self._get_period_name(max(day, self.report.date_from), by_week),
                "open_at_end": still_open.get(day, ""),
                **self._show(groups.get(day, NOTHING)),
            }
            for day in sorted({*groups, *still_open})
        ]

    def _get_period_name(self, day, by_week):
        if by_week:
            return format_date(self.env, day)
        return format_date(self.env, day, date_format="MMMM yyyy")

    def _read_policies(self):
        metrics = dict(
            self.env["crm.sla.report"]._fields["metric"]._description_selection(self.env)
        )
        rows = self.env["crm.sla.report"]._read_group(
            self.in_period & Domain("outcome", "in", ("met", "missed", "forgiven")),
            ["policy_id", "metric"],
            PROMISES,
        )
        return [
            {
                "policy": policy.sudo().display_name,  # sudo: the name of a promise is no secret
                "metric": metrics.get(metric, metric),
                **self._show(
                    {
                        **dict(zip((f.partition(":")[0] for f in PROMISES), values, strict=True)),
                        "decided": values[0] + values[1],
                    }
                ),
            }
            for policy, metric, *values in rows
        ]

    # ------------------------------------------------------------------ misses

    def _read_causes(self):
        """Why promises were missed: [{name, count, share}], the most frequent first."""
        Sla = self.env["crm.sla.report"]
        labels = dict(Sla._fields["cause"]._description_selection(self.env))
        rows = Sla._read_group(
            self.in_period & Domain("outcome", "=", "missed"), ["cause"], ["__count"]
        )
        total = sum(count for _cause, count in rows)
        rows.sort(key=lambda row: -row[1])
        return [
            {"name": labels.get(cause, ""), "count": count, "share": _percent(100 * count / total)}
            for cause, count in rows
        ]

    def _read_misses(self):
        """The promises that were missed by most, those that are still late included."""
        Sla, limit = self.env["crm.sla.report"], self.report.miss_limit
        if not limit:
            return []
        missed = self.in_period & Domain("outcome", "=", "missed")
        stopped = missed & Domain("clock_id.state", "=", "stopped")
        done = Sla.search(stopped, order="late_hours desc, id", limit=limit)
        live = Sla.search(missed & ~Domain("clock_id.state", "=", "stopped"), limit=LIVE_LIMIT)
        late = [(row.late_hours, row, False) for row in done]
        late += [(row.clock_id.elapsed - row.clock_id.budget, row, True) for row in live]
        late.sort(key=lambda each: (-each[0], each[1].id))
        metrics = dict(Sla._fields["metric"]._description_selection(self.env))
        causes = dict(Sla._fields["cause"]._description_selection(self.env))
        return [
            {
                "number": row.ticket_id.number or "",
                "subject": row.ticket_id.name,
                "customer": row.partner_id.display_name or row.ticket_id.email_from or "",
                # sudo: the names of colleagues are no secret
                "agent": row.user_id.sudo().name or self.env._("Unassigned"),
                "metric": metrics.get(row.metric, ""),
                "due": format_datetime(self.env, row.date, dt_format="short"),
                "late": _hours(hours) + ("+" if is_live else ""),
                "cause": causes.get(row.cause, ""),
            }
            for hours, row, is_live in late[:limit]
        ]

    # ------------------------------------------------------------------ texts

    def _show(self, group):
        """Figures as texts; what has no base to be averaged over is a dash."""
        shown = {}
        for name, value in group.items():
            base = BASES.get(name)
            if not base:
                shown[name] = str(value or 0)
            elif not group.get(base) or (base == "missed" and not value):
                shown[name] = "–"
            elif name.endswith("_rate"):
                shown[name] = _percent(value or 0)
            else:
                shown[name] = _hours(value or 0)
        return shown


def _hours(hours):
    """Hours of working time as hours and minutes."""
    minutes = round(hours * 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def _percent(share):
    return f"{share:.1f} %"


def _to_date(day):
    """The day with which a week or month begins, of a date or a moment."""
    return day.date() if hasattr(day, "date") else day

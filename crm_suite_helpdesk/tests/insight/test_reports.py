from datetime import timedelta

from lxml import etree

from odoo.tests import tagged

from ..common import MONDAY
from .common import CLOSED, DONE, InsightCommon, office_minutes

HOURS = 60
FIGURES = ("opened:sum", "solved:sum")


@tagged("post_install", "-at_install")
class TestReports(InsightCommon):
    """Every figure equals what a patient observer counts by hand."""

    def read_figures(self, model, aggregates, domain=(), groupby=()):
        return self.env[model]._read_group(list(domain), list(groupby), list(aggregates))

    def test_lists_have_no_average_of_their_own(self):
        # A list averages what it shows: rows that have no figure, or the averages of groups
        for model in ("crm.sla.report", "crm.ticket.performance.report", "crm.ticket.age.report"):
            arch = etree.fromstring(self.env[model].get_view(view_type="list")["arch"])
            self.assertFalse(arch.xpath("//field[@avg]"), model)

    def test_support_performance(self):
        notes = self.live(1)
        self.check_performance(notes, [], lambda ticket: True)
        for user in (self.agent, self.colleague, self.env["res.users"]):
            domain = [("user_id", "=", user.id)]
            self.check_performance(notes, domain, lambda t, u=user: t.user_id == u)

    def test_support_performance_of_another_life(self):
        notes = self.live(2, count=16, steps=120)
        self.check_performance(notes, [], lambda ticket: True)
        for team in (self.team, self.second_team):
            domain = [("team_id", "=", team.id)]
            self.check_performance(notes, domain, lambda t, team=team: t.team_id == team)

    def check_performance(self, notes, domain, belongs):
        notes = [note for note in notes if belongs(note[1])]
        closings = self.observe_closings(notes)
        solved = [c for c in closings if c["type"] in DONE]
        opened_at = {ticket: at for kind, ticket, at in notes if kind == "opened"}
        first = {}
        for kind, ticket, at in notes:
            if kind == "answered":
                first.setdefault(ticket, at)
        response = [office_minutes(opened_at[t], at) / HOURS for t, at in first.items()]
        solution = [office_minutes(opened_at[c["ticket"]], c["at"]) / HOURS for c in solved]
        done_before = {id(c): self.is_solved_before(c, solved) for c in solved}
        expected = {
            "opened:sum": len(opened_at),
            "answered:sum": len(first),
            "solved:sum": len(solved),
            "dropped:sum": len(closings) - len(solved),
            "reopened:sum": sum(1 for note in notes if note[0] == "reopened"),
            "change:sum": sum(1 for t in opened_at if t.stage_id.type not in CLOSED),
            "response_hours:avg": self.average(response),
            "response_median:avg": self.median(response),
            "solution_hours:avg": self.average(solution),
            "solution_median:avg": self.median(solution),
            "reopen_rate:avg": self.average([100 if c["reopened"] else 0 for c in solved]),
            "first_contact_rate:avg": self.average(
                [
                    100 if not c["reopened"] and c["answers"] <= 1 and not done_before[id(c)] else 0
                    for c in solved
                ]
            ),
        }
        [row] = self.read_figures("crm.ticket.performance.report", expected, domain)
        for (name, value), found in zip(expected.items(), row, strict=True):
            with self.subTest(figure=name, domain=domain):
                self.assertAlmostEqual(found or 0, value or 0, 6)

    def is_solved_before(self, closing, solved):
        return any(c["ticket"] == closing["ticket"] and c["at"] < closing["at"] for c in solved)

    def test_sla_attainment(self):
        self.live(3)
        self.travel(days=3)
        self.check_attainment([], lambda clock: True)
        for metric in ("first_response", "resolution"):
            self.check_attainment([("metric", "=", metric)], lambda c, m=metric: c.metric == m)
        for team in (self.team, self.second_team):
            self.check_attainment(
                [("team_id", "=", team.id)], lambda c, t=team: c.ticket_id.team_id == t
            )

    def check_attainment(self, domain, belongs):
        now = self.env.cr.now()
        clocks = self.env["crm.sla.clock"].search([]).filtered(belongs)
        live = clocks.filtered(lambda c: c.state != "cancelled" and c.result != "forgiven")
        missed = live.filtered(
            lambda c: c.breached_at or (c.state == "running" and c.deadline and c.deadline < now)
        )
        met = (live - missed).filtered(lambda c: c.state == "stopped")
        late = [c.elapsed_s / 3600 - c.budget_s / 3600 for c in missed if c.state == "stopped"]
        expected = {
            "met:sum": len(met),
            "missed:sum": len(missed),
            "decided:sum": len(met) + len(missed),
            "met_rate:avg": self.average([100] * len(met) + [0] * len(missed)),
            "late_hours:avg": self.average(late),
            "late_median:avg": self.median(late),
            "late_max:max": max(late, default=False),
        }
        self.assertTrue(met or missed)
        [row] = self.read_figures("crm.sla.report", expected, domain)
        for (name, value), found in zip(expected.items(), row, strict=True):
            with self.subTest(figure=name, domain=domain):
                self.assertAlmostEqual(found or 0, value or 0, 6)

    def test_causes_of_misses(self):
        resolution = [("metric", "=", "resolution"), ("outcome", "=", "missed")]
        cases = {
            "unassigned": self.create_ticket(),
            "work": self.create_ticket(user_id=self.agent.id),
            "priority": self.create_ticket(user_id=self.agent.id),
            "reopened": self.create_ticket(user_id=self.agent.id, priority="3"),
        }
        self.travel(hours=3)
        self.reply(cases["work"])
        self.travel(hours=3)  # five hours of work are over
        cases["priority"].priority = "3"
        self.travel(days=2)
        self.move(cases["reopened"], "solved")
        self.travel(hours=1)
        self.customer_writes(cases["reopened"])
        self.travel(hours=1)
        self.env.flush_all()
        for cause, ticket in cases.items():
            with self.subTest(cause=cause):
                rows = self.env["crm.sla.report"].search(
                    [*resolution, ("ticket_id", "=", ticket.id)], order="id"
                )
                self.assertEqual(rows[-1:].cause, cause)
        first = [("metric", "=", "first_response"), ("outcome", "=", "missed")]
        causes = {row.ticket_id: row.cause for row in self.env["crm.sla.report"].search(first)}
        self.assertEqual(causes[cases["work"]], "answer")
        self.assertEqual(causes[cases["unassigned"]], "unassigned")
        self.assertEqual(causes[cases["reopened"]], "unanswered")

    def test_what_is_forgiven_is_neither_met_nor_missed(self):
        tickets = self.create_ticket() | self.create_ticket()
        self.travel(days=3)
        for ticket in tickets:
            self.reply(ticket)
        # sudo: clocks are written by the engine
        self.clock(tickets[0], "first_response").sudo().result = "forgiven"
        self.env.flush_all()
        fields = ["met:sum", "missed:sum", "forgiven:sum", "met_rate:avg"]
        [row] = self.read_figures("crm.sla.report", fields, [("metric", "=", "first_response")])
        self.assertEqual(row, (0, 1, 1, 0))

    def test_what_was_cancelled_has_no_part(self):
        ticket = self.create_ticket()
        self.travel(days=3)
        self.move(ticket, "spam")
        self.env.flush_all()
        [row] = self.read_figures("crm.sla.report", ["decided:sum", "met_rate:avg", "__count"])
        self.assertEqual((row[0], row[1] or None), (0, None))
        self.assertTrue(row[2])

    def test_a_miss_counts_when_the_deadline_passed(self):
        ticket = self.create_ticket()
        deadline = self.clock(ticket, "first_response").deadline
        self.travel(days=40)
        row = self.env["crm.sla.report"].search([("metric", "=", "first_response")])
        self.assertEqual((row.outcome, row.date), ("missed", deadline), "before any job ran")
        self.reply(ticket)
        self.env.flush_all()
        row.invalidate_recordset()
        self.assertEqual((row.outcome, row.date), ("missed", deadline))

    def test_backlog(self):
        notes = self.live(4, count=14, steps=110)
        self.travel(days=2)
        last = self.env.cr.now().date()
        days = [MONDAY.date() + timedelta(days=i) for i in range((last - MONDAY.date()).days + 1)]
        fields = ["opened:sum", "closed:sum", "reopened:sum", "open_at_end:sum"]
        with self.subTest("by day"):
            found = {
                day: tuple(row)
                for day, *row in self.read_figures(
                    "crm.ticket.backlog.report",
                    fields,
                    [("date", ">=", days[0]), ("date", "<=", last)],
                    ["date:day"],
                )
            }
            self.assertEqual(found, {day: self.count_day(notes, day, day) for day in days})
        for team in (self.team, self.second_team):
            of_team = [note for note in notes if note[1].team_id == team]
            rows = self.read_figures(
                "crm.ticket.backlog.report",
                fields,
                [("date", ">=", days[0]), ("team_id", "=", team.id)],
                ["date:week"],
            )
            for week, *row in rows:
                sunday = min(week + timedelta(days=6), last)
                self.assertEqual(tuple(row), self.count_day(of_team, week, sunday))
        report = self.env["crm.ticket.backlog.report"].search(
            [("date", "in", days), ("open_at_end", ">", 0)]
        )
        for row in report[:: max(1, len(report) // 8)]:
            opened = self.env["crm.ticket"].search(row.action_open_tickets()["domain"])
            self.assertEqual(len(opened), row.open_at_end)

    def count_day(self, notes, first, last):
        """(opened, closed, reopened) from one day to another, and open when the last one ended."""
        happened = [kind for kind, _ticket, at in notes if first <= at.date() <= last]
        state = {}
        for kind, ticket, at in notes:
            if at.date() <= last and kind != "answered":
                state[ticket] = kind
        still_open = sum(1 for kind in state.values() if kind != "closed")
        return (*(happened.count(kind) for kind in ("opened", "closed", "reopened")), still_open)

    def test_age_of_open_tickets(self):
        for days in (0.5, 2, 2.5, 5, 10, 20, 60, 200):
            self.create_ticket(opened_at=MONDAY - timedelta(days=days))
        self.move(self.create_ticket(opened_at=MONDAY - timedelta(days=2)), "solved")
        rows = self.read_figures(
            "crm.ticket.age.report",
            ["open_tickets:sum", "age_days:avg", "age_median:avg"],
            groupby=["bucket"],
        )
        self.assertEqual(
            [(bucket, count) for bucket, count, *_ in rows],
            [("0", 1), ("1", 2), ("2", 1), ("3", 1), ("4", 1), ("5", 1), ("6", 1)],
        )
        self.assertEqual(rows[1][2:], (2.25, 2.25))

    def test_days_are_those_of_the_reader(self):
        self.create_ticket(opened_at=MONDAY.replace(hour=22) - timedelta(days=4))
        report = self.env["crm.ticket.backlog.report"]
        domain = [("opened", "=", 1)]
        thursday = MONDAY.date() - timedelta(days=4)
        self.assertEqual(report.with_context(tz="UTC").search(domain).date, thursday)
        self.assertEqual(
            report.with_context(tz="Asia/Riyadh").search(domain).date,
            thursday + timedelta(days=1),
        )

    def test_what_was_archived_open_never_came(self):
        kept, gone = self.create_ticket(), self.create_ticket()
        self.move(kept, "solved")
        (kept | gone).action_archive()
        [(opened, solved)] = self.read_figures("crm.ticket.performance.report", FIGURES)
        self.assertEqual((opened, solved), (1, 1))

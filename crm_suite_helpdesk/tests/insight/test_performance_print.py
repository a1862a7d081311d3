import subprocess
from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import Form, HttpCase, tagged

from ..common import MONDAY
from .common import InsightCommon

LANGUAGES = ("en_US", "ar_001")


class PerformancePrintCase(InsightCommon):
    def print_for(self, user=None, **values):
        report = self.env["crm.ticket.performance"].with_user(user or self.manager)
        return report.create(
            {
                "date_from": MONDAY.date(),
                "date_to": MONDAY.date() + timedelta(days=60),
                "lang": "en_US",
                **values,
            }
        )

    def figures(self, user=None, **values):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.print_for(user, **values)._get_report()

    def table(self, data, title):
        rows = next((t["rows"] for t in data["tables"] if t["title"] == title), [])
        return {row["name"]: row for row in rows}


@tagged("post_install", "-at_install")
class TestPerformancePrint(PerformancePrintCase):
    def test_the_figures_are_those_of_the_reports(self):
        notes = self.live(7, count=12, steps=90)
        data = self.figures()
        kinds = [note[0] for note in notes]
        closings = self.observe_closings(notes)
        solved = [c for c in closings if c["type"] in ("solved", "closed")]
        total = data["total"]
        self.assertEqual(total["opened"], str(kinds.count("opened")))
        self.assertEqual(total["solved"], str(len(solved)))
        self.assertEqual(data["open_at_start"], 0)
        still_open = sum(1 for t in {n[1] for n in notes} if not t.closed_at)
        self.assertEqual(data["open_at_end"], still_open)
        reopened = sum(1 for c in solved if c["reopened"])
        self.assertEqual(total["reopen_rate"], f"{100 * reopened / len(solved):.1f} %")
        for title, count in (("By Team", 2), ("By Agent", 2)):
            rows = self.table(data, title)
            self.assertGreaterEqual(len(rows), count)
            for name in ("opened", "solved", "met", "missed"):
                self.assertEqual(sum(int(row[name]) for row in rows.values()), int(total[name]))
            self.assertEqual(sum(row["open_at_end"] for row in rows.values()), still_open)
        self.assertEqual(sum(int(row["opened"]) for row in data["trend"]), int(total["opened"]))
        self.assertEqual(data["trend"][-1]["open_at_end"] or still_open, still_open)
        self.assertEqual(sum(int(row["missed"]) for row in data["policies"]), int(total["missed"]))
        self.assertEqual(sum(row["count"] for row in data["causes"]), int(total["missed"]))

    def test_the_backlog_before_and_after(self):
        self.travel(MONDAY - timedelta(days=2))
        old, older = self.create_ticket(), self.create_ticket()
        self.travel(MONDAY + timedelta(hours=1))
        self.move(old, "solved")
        self.create_ticket()
        self.travel(days=1)
        self.move(older, "cancelled")
        self.travel(days=90)
        self.create_ticket()
        data = self.figures()
        self.assertEqual((data["open_at_start"], data["open_at_end"]), (2, 1))

    def test_the_worst_misses(self):
        slow, fast, running = (self.create_ticket(user_id=self.agent.id) for _ in range(3))
        self.travel(hours=3)  # an hour too late
        self.reply(fast)
        self.travel(hours=26)
        self.reply(slow)
        self.travel(hours=24)
        data = self.figures(miss_limit=50)
        late = [
            (row["number"], row["late"])
            for row in data["misses"]
            if row["metric"] == "First response"
        ]
        self.assertEqual(
            late,
            [(running.number, "18:00+"), (slow.number, "10:00"), (fast.number, "1:00")],
        )
        self.assertEqual(
            [row["late"] for row in self.figures(miss_limit=2)["misses"]], ["18:00+", "12:00+"]
        )
        self.assertEqual(self.figures(miss_limit=0)["misses"], [])

    def test_agents_print_their_own_figures_only(self):
        self.create_ticket(user_id=self.agent.id)
        self.create_ticket(user_id=self.manager.id)
        self.create_ticket(team_id=self.second_team.id, user_id=self.colleague.id)
        self.create_ticket(team_id=self.second_team.id, user_id=self.leader.id)
        everybody = {
            "user_ids": (self.agent | self.manager | self.colleague | self.leader).ids,
            "team_ids": (self.team | self.second_team).ids,
        }
        for values in ({}, everybody):
            for user, agents in (
                (self.agent, {"Amal Agent"}),
                (self.colleague, {"Basma Second"}),
                (self.leader, {"Basma Second", "Lina Leader"}),
                (self.outsider, set()),
                (
                    self.manager,
                    {"Amal Agent", "Mona Manager", "Basma Second", "Lina Leader"},
                ),
            ):
                with self.subTest(user=user.login, chosen=bool(values)):
                    data = self.figures(user, **values)
                    self.assertEqual(set(self.table(data, "By Agent")), agents)
                    self.assertEqual(data["total"]["opened"], str(len(agents)))
                    self.assertEqual(data["open_at_end"], len(agents))

    def test_the_choice_narrows(self):
        self.create_ticket(user_id=self.agent.id)
        self.create_ticket(team_id=self.second_team.id, user_id=self.colleague.id)
        data = self.figures(team_ids=self.second_team.ids)
        self.assertEqual(set(self.table(data, "By Team")), {"Second Line"})
        data = self.figures(user_ids=self.agent.ids)
        self.assertEqual(set(self.table(data, "By Agent")), {"Amal Agent"})

    def test_the_dialog(self):
        form = Form(self.env["crm.ticket.performance"].with_user(self.agent))
        self.assertEqual(form.scope, "own")
        self.assertEqual((form.date_from.day, form.date_to.month), (1, 2), "last month")
        with self.assertRaises(ValidationError):
            self.print_for(date_to=MONDAY.date() - timedelta(days=1))
        with self.assertRaises(ValidationError):
            self.print_for(miss_limit=-1)

    def test_nothing_to_print(self):
        data = self.figures(self.outsider)
        self.assertFalse(data["has_figures"])
        self.assertEqual(data["total"]["response_hours"], "–")


@tagged("post_install", "-at_install")
class TestPerformancePdf(PerformancePrintCase, HttpCase):
    def test_a_pdf_in_english_and_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.live(8, count=8, steps=50)
        for lang in LANGUAGES:
            with self.subTest(lang=lang):
                report = self.print_for(lang=lang)
                content, kind = (
                    self.env["ir.actions.report"]
                    .with_user(self.manager)
                    .with_context(force_report_rendering=True)
                    ._render_qweb_pdf("crm_suite_helpdesk.crm_ticket_performance", report.ids)
                )
                self.assertEqual(kind, "pdf")
                text = subprocess.run(
                    ["pdftotext", "-layout", "-", "-"],
                    input=content,
                    capture_output=True,
                    check=True,
                ).stdout.decode()
                self.assertIn("Amal Agent", text)
                self.assertIn(self.company.name, text)

    def test_the_page_reads_from_its_side(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.live(9, count=4, steps=20)
        for lang, side in (("en_US", "ltr"), ("ar_001", "rtl")):
            with self.subTest(lang=lang):
                html, _type = (
                    self.env["ir.actions.report"]
                    .with_user(self.manager)
                    ._render_qweb_html(
                        "crm_suite_helpdesk.crm_ticket_performance_print",
                        self.print_for(lang=lang).ids,
                    )
                )
                self.assertIn(f'class="page o_crm_performance" dir="{side}"', html.decode())

    def test_a_period_has_a_beginning_and_an_end(self):
        for values in (
            {"date_from": "2026-02-02", "date_to": "2026-02-01"},
            {"date_from": "0001-01-01"},
            {"date_to": "9999-12-31"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.print_for(**values)

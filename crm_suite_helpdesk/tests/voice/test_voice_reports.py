from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import MONDAY
from .common import VoiceCommon

MONDAY_DATE = MONDAY.date()


@tagged("post_install", "-at_install")
class TestVoiceReports(VoiceCommon):
    """Satisfaction, complaints and causes, counted by who may read the tickets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({"name": "Lamp"})
        cls.cause = cls.env["crm.ticket.cause"].create({"name": "Cracked"})

    def own(self, model, *domain):
        """The rows of the tickets of this test."""
        return [("team_id", "=", self.team.id), *domain]

    def figures(self, model, measures, user=None, groupby=()):
        self.env.flush_all()
        Report = self.env[model].with_user(user or self.manager)
        return Report._read_group(self.own(model), groupby, measures)

    def test_satisfaction(self):
        faces = ["happy", "happy", "unhappy", "neutral", None]
        surveys = [self.asked(name=f"T{i}") for i, _face in enumerate(faces)]
        for survey, face in zip(surveys, faces, strict=True):
            if face:
                survey._submit(face, "", "mail")
        [row] = self.figures(
            "crm.ticket.satisfaction.report",
            ["asked:sum", "answered:sum", "happy:sum", "unhappy:sum"]
            + ["response_rate:avg", "satisfied_rate:avg", "rating:avg"],
        )
        self.assertEqual(row[:4], (5, 4, 2, 1))
        self.assertAlmostEqual(row[4], 80)
        self.assertAlmostEqual(row[5], 50)
        self.assertAlmostEqual(row[6], 3.5)

    def test_the_agent_at_closing_is_judged(self):
        survey = self.asked()
        survey._submit("happy", "", "mail")
        survey.ticket_id.user_id = self.manager
        [(user, count)] = self.figures(
            "crm.ticket.satisfaction.report", ["answered:sum"], groupby=["user_id"]
        )
        self.assertEqual((user, count), (self.agent, 1))

    def test_who_was_not_asked_does_not_count(self):
        self.customer.no_ticket_survey = True
        self.asked()
        self.assertEqual(self.figures("crm.ticket.satisfaction.report", ["__count"]), [(0,)])

    def test_complaints_and_causes(self):
        values = {"kind": "complaint", "product_id": self.product.id, "cause_id": self.cause.id}
        self.create_ticket(**values)
        self.create_ticket(kind="suggestion", product_id=self.product.id)
        self.create_ticket()
        self.create_ticket(kind="praise")
        self.move(self.create_ticket(kind="complaint"), "spam")
        [row] = self.figures(
            "crm.ticket.voice.report",
            ["tickets:sum", "complaints:sum", "suggestions:sum", "praises:sum"]
            + ["complaint_rate:avg"],
        )
        self.assertEqual(row[:4], (4, 1, 1, 1))
        self.assertAlmostEqual(row[4], 25)
        rows = self.figures(
            "crm.ticket.voice.report",
            ["complaints:sum"],
            groupby=["product_categ_id", "cause_id"],
        )
        self.assertIn((self.product.categ_id, self.cause, 1), rows)
        trend = self.figures("crm.ticket.voice.report", ["complaints:sum"], groupby=["date:month"])
        self.assertEqual([count for _month, count in trend], [1])

    def test_everybody_counts_what_he_may_read(self):
        self.create_ticket(kind="complaint")
        self.asked()._submit("happy", "", "mail")
        for model in ("crm.ticket.voice.report", "crm.ticket.satisfaction.report"):
            [(count,)] = self.figures(model, ["__count"], self.agent)
            self.assertTrue(count)
            [(count,)] = self.figures(model, ["__count"], self.outsider)
            self.assertFalse(count)
            for user in (self.employee, self.customer_user):
                with self.assertRaises(AccessError):
                    self.figures(model, ["__count"], user)

    def test_a_row_opens_its_ticket(self):
        ticket = self.create_ticket(kind="complaint")
        self.env.flush_all()
        Report = self.env["crm.ticket.voice.report"]
        row = Report.with_user(self.agent).search([("ticket_id", "=", ticket.id)])
        self.assertEqual(row.action_open_ticket()["res_id"], ticket.id)
        self.assertFalse(row.with_user(self.outsider).search([("id", "=", row.id)]))

    # ------------------------------------------------------------------ timeline

    def test_the_timeline_tells_ratings(self):
        survey = self.asked(name="The lamp")
        survey._submit("unhappy", "Too slow, عطل", "mail")
        self.env.flush_all()

        def page(user, **kwargs):
            Timeline = self.env["crm.timeline"].with_user(user)
            return Timeline.get_page("res.partner", self.customer.id, sources=["rating"], **kwargs)[
                "rows"
            ]

        [row] = page(self.agent)
        self.assertIn("The lamp", row["title"])
        self.assertEqual(row["preview"], "Too slow, عطل")
        self.assertEqual((row["res_model"], row["res_id"]), ("crm.ticket", survey.ticket_id.id))
        self.assertEqual(row["icon"], "fa-frown-o")
        self.assertTrue(page(self.agent, search="slow"))
        self.assertFalse(page(self.agent, search="quick"))
        self.assertFalse(page(self.outsider))

    def test_the_timeline_tells_calls(self):
        ticket = self.create_ticket(user_id=self.agent.id)
        call = ticket.with_user(self.agent).activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=MONDAY_DATE,
            summary="Ring back",
            user_id=self.agent.id,
        )
        ticket.with_user(self.agent).activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.agent.id
        )
        self.env.flush_all()

        def page(user, sources):
            Timeline = self.env["crm.timeline"].with_user(user)
            return Timeline.get_page("res.partner", self.customer.id, sources=sources)["rows"]

        [row] = page(self.agent, ["call"])
        self.assertEqual((row["title"], row["id"]), ("Ring back", call.id))
        self.assertEqual((row["res_model"], row["res_id"]), ("crm.ticket", ticket.id))
        self.assertTrue(row["date_only"])
        self.assertFalse(page(self.outsider, ["call"]))
        call.with_user(self.agent).action_feedback("Reached him")
        self.env.flush_all()
        self.assertFalse(page(self.agent, ["call"]))
        [done] = page(self.agent, ["interaction"])
        self.assertIn("Ring back", done["title"], "what was made is an interaction")

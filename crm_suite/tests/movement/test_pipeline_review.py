from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form

from .common import MovementCase


class TestPipelineReview(MovementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = fields.Date.context_today(cls.env.user)
        create = cls._create_opportunity
        cls.open = create(
            name="Open deal",
            stage_id=cls.new.id,
            expected_revenue=1000,
            probability=50,
            date_deadline=today + timedelta(days=30),
        )
        cls.overdue = create(
            name="Overdue deal",
            stage_id=cls.new.id,
            expected_revenue=300,
            probability=10,
            date_deadline=today - timedelta(days=3),
        )
        cls.overdue.stage_id = cls.talks
        cls.won = create(name="Won deal", stage_id=cls.signed.id, expected_revenue=700)
        cls.lost = create(name="Lost deal", stage_id=cls.offer.id, expected_revenue=70)
        cls.lost.action_set_lost(lost_reason_id=cls.price.id)
        cls.colleague = create(
            name="Deal of a colleague",
            stage_id=cls.new.id,
            user_id=cls.nora.id,
            team_id=cls.north.id,
            expected_revenue=50,
        )
        cls.foreign = create(
            name="Southern deal",
            stage_id=cls.new.id,
            user_id=cls.sami.id,
            team_id=cls.south.id,
        )
        cls.open.activity_schedule(
            "mail.mail_activity_data_call",
            today + timedelta(days=2),
            summary="Call about the offer",
            user_id=cls.omar.id,
        )

    def _review(self, user, **values):
        return (
            self.env["crm.pipeline.review"]
            .with_user(user)
            .create({"team_ids": self.north.ids, **values})
        )

    def _html(self, review):
        report = self.env["ir.actions.report"].with_user(review.create_uid)
        content, _kind = report._render_qweb_html("crm_suite.crm_pipeline_review", review.ids)
        return content.decode()

    def test_figures_of_a_team(self):
        data = self._review(self.nora)._get_review(self.north)
        figures = {name: (row["count"], row["amount"]) for name, row in data["figures"].items()}
        self.assertEqual(
            figures,
            {
                "open": (3, 1350.0),
                "won": (1, 700.0),
                "lost": (1, 70.0),
                "new": (5, 2120.0),
                "overdue": (1, 300.0),
                "idle": (2, 350.0),
            },
        )
        self.assertEqual(
            [(row["stage"], row["count"], row["amount"]) for row in data["stages"]],
            [(self.new, 2, 1050.0), (self.talks, 1, 300.0)],
        )
        self.assertEqual(data["moves"].lead_id, self.overdue)
        self.assertEqual([step[1] for step in data["steps"]], [self.open])
        self.assertEqual([row["name"] for row in data["salespeople"]], ["Omar", "Nora"])
        self.assertEqual(data["salespeople"][0]["won"]["amount"], 700.0)

    def test_an_automatic_reminder_is_no_next_step(self):
        self.overdue.activity_schedule(
            "mail.mail_activity_data_todo", summary="Stalled", user_id=self.omar.id
        ).is_follow_up = True
        data = self._review(self.nora)._get_review(self.north)
        self.assertEqual([step[1] for step in data["steps"]], [self.open])
        self.assertIn(self.overdue, data["idle"])
        self.assertEqual(data["figures"]["idle"]["count"], 2)

    def test_only_the_period_counts(self):
        today = fields.Date.context_today(self.env.user)
        review = self._review(
            self.nora, date_from=today - timedelta(days=9), date_to=today - timedelta(days=2)
        )
        figures = review._get_review(self.north)["figures"]
        self.assertEqual([figures[name]["count"] for name in ("won", "lost", "new")], [0, 0, 0])
        self.assertEqual(figures["open"]["count"], 3, "what is open is open today")

    def test_a_deal_that_was_restored_is_not_lost(self):
        self.lost.action_restore()
        self.assertEqual(
            self._review(self.nora)._get_review(self.north)["figures"]["lost"]["count"], 0
        )

    def test_a_salesperson_prints_only_what_he_may_see(self):
        text = self._html(self._review(self.omar, team_ids=(self.north + self.south).ids))
        for name in ("Open deal", "Overdue deal", "Won deal", "Lost deal", "Too dear"):
            self.assertIn(name, text)
        self.assertIn("Call about the offer", text)
        self.assertNotIn("Deal of a colleague", text)
        self.assertNotIn("Southern deal", text)
        self.assertIn("There are no opportunities of this team that you may see", text)
        text = self._html(self._review(self.nora))
        self.assertIn("Deal of a colleague", text)

    def test_only_salespeople_print(self):
        with self.assertRaises(AccessError):
            self._review(self.cora)
        review = self._review(self.nora)
        with self.assertRaises(AccessError):
            review.with_user(self.omar).read(["team_ids"])

    def test_long_lists_are_cut_with_a_note(self):
        for number in range(5):
            self._create_opportunity(name=f"Deal {number}", stage_id=self.new.id)
        review = self._review(self.nora, row_limit=2)
        data = review._get_review(self.north)
        self.assertEqual(len(data["idle"]), 2)
        self.assertEqual(data["figures"]["idle"]["count"], 7)
        self.assertIn("and 5 more", self._html(review))

    def test_wizard(self):
        form = Form(self.env["crm.pipeline.review"].with_user(self.omar))
        self.assertEqual(form.team_ids[:], self.north)
        action = form.save().action_print()
        self.assertEqual(action["report_name"], "crm_suite.crm_pipeline_review")
        from_team = self.env["crm.pipeline.review"].with_context(
            active_model="crm.team", active_ids=self.south.ids
        )
        self.assertEqual(Form(from_team).team_ids[:], self.south)

    def test_bad_input(self):
        with self.assertRaises(ValidationError):
            self._review(self.omar, date_from="2026-02-02", date_to="2026-02-01")
        for limit in (0, -1, 1000):
            with self.assertRaises(ValidationError):
                self._review(self.omar, row_limit=limit)

    def test_names_are_text(self):
        self.open.name = "<script>alert(1)</script>"
        self.assertNotIn("<script>alert(1)", self._html(self._review(self.omar)))

    def test_arabic_is_written_from_right_to_left(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.omar.lang = "ar_001"
        review = self._review(self.omar).with_context(lang="ar_001")
        report = self.env["ir.actions.report"].with_user(self.omar).with_context(lang="ar_001")
        content, _kind = report._render_qweb_html("crm_suite.crm_pipeline_review", review.ids)
        self.assertIn('dir="rtl"', content.decode())

    def test_many_opportunities_cost_as_few_queries_as_one(self):
        def read():
            review = self._review(self.nora)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            review._get_review(self.north)
            return self.env.cr.sql_log_count - before

        read()
        few = read()
        for number in range(10):
            lead = self._create_opportunity(name=f"Deal {number}", stage_id=self.new.id)
            lead.stage_id = self.offer
        self.assertLessEqual(read(), few)

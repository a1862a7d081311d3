from odoo.tests import Form, tagged

from .common import TriggerCommon


@tagged("post_install", "-at_install")
class TestSettings(TriggerCommon):
    """What is wrong with a start is told before the launch."""

    def _problems(self, model="res.partner", **settings):
        journey = self._make_journey(
            {"start": settings}, [], model_id=self.env["ir.model"]._get_id(model)
        )
        start = journey.draft_version_id.node_ids
        return start.with_user(self.marketer)._find_setting_problems()

    def test_what_is_missing(self):
        for trigger, word in (
            ("segment_enter", "segment"),
            ("segment_leave", "segment"),
            ("lifecycle", "stage"),
            ("opened", "mailing"),
            ("not_clicked", "mailing"),
            ("not_replied", "mailing"),
            ("date", "date"),
            ("yearly", "date"),
            ("match", "filter"),
        ):
            problems = self._problems(trigger=trigger)
            self.assertEqual(len(problems), 1, trigger)
            self.assertIn(word, problems[0])
        for trigger in ("manual", "form", "visit", "order_confirmed", "webhook"):
            self.assertFalse(self._problems(trigger=trigger), trigger)

    def test_an_archived_segment(self):
        self.segment.active = False
        [problem] = self._problems(trigger="segment_enter", segment_id=self.segment.id)
        self.assertIn("archived", problem)

    def test_filters_that_do_not_work(self):
        for domain in ("[('no_such', '=', 1)]", "nonsense(", "[('name', '=', 1]"):
            self.assertTrue(self._problems(trigger="match", domain=domain), domain)
        self.assertTrue(
            self._problems(
                model="crm.lead", trigger="match", domain="[('user_id.password', '=', 'x')]"
            )
        )
        self.assertFalse(self._problems(trigger="match", domain="[('name', '=', 'x')]"))

    def test_what_says_nothing_of_the_records(self):
        for model, trigger, settings in (
            ("crm.lead", "invoice_overdue", {}),
            ("account.move", "order_confirmed", {}),
            ("mailing.contact", "segment_enter", {"segment_id": self.segment.id}),
            ("crm.lead", "opened", {"about_mailing_id": self.mailing.id}),
        ):
            self.assertEqual(len(self._problems(model, trigger=trigger, **settings)), 1, trigger)
        for model, trigger, settings in (
            ("sale.order", "order_confirmed", {}),
            ("crm.lead", "quotation_sent", {}),
            ("account.move", "invoice_overdue", {}),
            ("crm.lead", "segment_enter", {"segment_id": self.segment.id}),
        ):
            self.assertFalse(self._problems(model, trigger=trigger, **settings), trigger)

    def test_fields_that_a_call_must_not_write(self):
        for line in ("x = no_such", "x = user_id", "active", "x = category_id", "create_uid"):
            self.assertTrue(self._problems(trigger="webhook", hook_fields=line), line)
        self.assertFalse(self._problems(trigger="webhook", hook_fields="town = city\n\nref"))
        self.assertTrue(self._problems(trigger="webhook", hook_match="field"))
        self.assertTrue(
            self._problems("crm.lead", trigger="webhook", hook_creates=True, hook_match="email")
        )

    def test_the_message_that_is_asked_for_is_gone(self):
        journey = self._make_journey(
            {
                "start": {"trigger": "manual"},
                "ask": {
                    "kind": "branch",
                    "asks": "event",
                    "event": "opened",
                    "about_node_uid": "gone",
                },
            },
            ["start > ask"],
        )
        ask = journey.draft_version_id.node_ids.filtered(lambda one: one.uid == "ask")
        self.assertEqual(len(ask._find_setting_problems()), 1)

    def test_the_form(self):
        journey = self._make_journey({"start": {"trigger": "manual"}}, [])
        start = journey.draft_version_id.node_ids.with_user(self.marketer)
        with Form(start) as form:
            form.trigger = "segment_enter"
            form.segment_id = self.segment
            form.includes_members = False
        self.assertEqual((start.trigger, start.segment_id), ("segment_enter", self.segment))
        with Form(start) as form:
            form.trigger = "yearly"
            form.date_field_id = self.env["ir.model.fields"]._get("res.partner", "birthdate")
            form.amount = 3
            form.side = "before"
        self.assertEqual(start.side, "before")
        with Form(start) as form:
            form.trigger = "webhook"
            form.hook_match = "record"
        self.assertTrue(start.hook_secret)

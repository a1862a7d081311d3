from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import EDGES, NODES, LifeCommon


@tagged("post_install", "-at_install")
class TestPeople(LifeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._go_live(cls.journey)
        cls.failed = cls._put(
            cls.journey, cls.amal, "hello", state="failed", attempt=3, detail="No server"
        )
        cls.other_failed = cls._put(cls.journey, cls.basil, "hello", state="failed")
        cls.waiting = cls._put(cls.journey, cls.emre, "pause")

    def test_take_out(self):
        people = (self.failed + self.waiting).participant_id.with_user(self.marketer)
        people.action_take_out()
        self.assertEqual(set(people.mapped("exit_reason")), {"by_hand"})
        self.assertEqual((self.failed + self.waiting).mapped("state"), ["skipped", "skipped"])
        self.assertEqual(self.other_failed.participant_id.state, "running")
        with self.assertRaises(UserError):
            people.action_take_out()

    def test_retry(self):
        (self.failed + self.other_failed + self.waiting).with_user(self.marketer).action_retry()
        self.assertEqual((self.failed.state, self.failed.attempt), ("due", 0))
        self.assertEqual(self.other_failed.state, "due")
        self.assertEqual(self.waiting.state, "waiting", "what has not failed is left alone")
        with self.assertRaises(UserError):
            self.failed.action_retry()

    def test_skip(self):
        self.failed.with_user(self.marketer).action_skip()
        self.assertEqual((self.failed.state, self.failed.reason), ("skipped", "by_hand"))
        self.assertIn("marketer", self.failed.detail)
        self.assertEqual(self.failed.participant_id.node_id.uid, "pause")
        self.assertEqual(self.other_failed.state, "failed")

    def test_others_do_not_touch_them(self):
        for change in (
            lambda: self.failed.with_user(self.salesperson).action_retry(),
            lambda: self.failed.with_user(self.salesperson).action_skip(),
            lambda: self.failed.participant_id.with_user(self.salesperson).action_take_out(),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_where_people_are(self):
        Participant = self.env["crm.journey.participant"].with_user(self.marketer)
        mine = [("journey_id", "=", self.journey.id)]
        stuck = Participant.search([*mine, ("is_stuck", "=", True)])
        self.assertEqual(stuck.mapped("res_id"), [self.basil.id, self.amal.id])
        self.assertEqual(
            Participant.search([*mine, ("is_stuck", "=", False)]), self.waiting.participant_id
        )
        self.assertEqual(self.waiting.participant_id.node_id.display_name, "Pause")
        self.assertEqual(self.waiting.display_name, "Pause")
        at = [*mine, ("node_id", "in", self.waiting.node_id.ids)]
        self.assertEqual(Participant.search(at), self.waiting.participant_id)
        self.assertEqual(self.waiting.participant_id.entry_text, "Start")

    def test_the_way_in_words(self):
        self.failed.sudo().write({"state": "skipped", "port": "next", "reason": "by_hand"})
        step = self.failed.with_user(self.marketer)
        self.assertEqual(step.node_name, "Hello")
        self.assertEqual(step.port_text, "Then")
        self.assertEqual(step.reason_text, "Taken Out by Hand")
        with Form(self.failed.participant_id.with_user(self.marketer)) as form:
            self.assertEqual(form.res_name, "Amal")
        with Form(step) as form:
            self.assertEqual(form.node_name, "Hello")

    def test_the_record_behind_a_participant(self):
        participant = self.failed.participant_id.with_user(self.marketer)
        action = participant.action_open_record()
        self.assertEqual((action["res_model"], action["res_id"]), ("res.partner", self.amal.id))
        self.assertEqual(
            self.failed.with_user(self.marketer).action_open_participant()["res_id"], participant.id
        )

    def test_journeys_of_a_contact(self):
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.amal.parent_id = company
        mine = (self.amal + company + self.faris).with_user(self.marketer)
        self.assertEqual(mine.mapped("journey_count"), [1, 1, 0])
        action = company.with_user(self.marketer).action_view_journeys()
        found = self.env["crm.journey.participant"].search(action["domain"])
        self.assertEqual(found, self.failed.participant_id)
        with Form(self.amal.with_user(self.marketer)):
            pass


@tagged("post_install", "-at_install")
class TestEnrolment(LifeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._go_live(cls.journey)

    def _open(self, user=None, **context):
        Wizard = self.env["crm.journey.enrolment"].with_user(user or self.marketer)
        return Form(Wizard.with_context(**context))

    def _get_people(self):
        self.env.invalidate_all()
        return self.env["crm.journey.participant"].search([("journey_id", "=", self.journey.id)])

    def test_from_the_list_of_contacts(self):
        chosen = self.amal + self.basil
        with self._open(active_model="res.partner", active_ids=chosen.ids) as form:
            form.journey_id = self.journey
            self.assertEqual(form.count, 2)
        form.record.action_enrol()
        self.assertEqual(form.record.entered_count, 2)
        people = self._get_people()
        self.assertEqual(set(people.mapped("res_id")), set(chosen.ids))
        self.assertEqual(set(people.mapped("node_id.uid")), {"hello"})
        # who is in it already does not enter again
        form.record.action_enrol()
        self.assertEqual(form.record.entered_count, 0)

    def test_by_a_filter(self):
        with self._open(default_journey_id=self.journey.id) as form:
            form.domain = repr([("category_id", "in", self.tag.ids), ("name", "=", "Emre")])
            self.assertEqual(form.count, 1)
        form.record.action_enrol()
        self.assertEqual(self._get_people().mapped("res_id"), self.emre.ids)

    def test_from_the_button_of_the_journey(self):
        """The browser says that the journey is what is active: it is not who is put in."""
        of_button = {"active_model": self.journey._name, "active_ids": self.journey.ids}
        with self._open(default_journey_id=self.journey.id, **of_button) as form:
            form.domain = repr([("id", "=", self.emre.id)])
            self.assertEqual(form.count, 1)
        form.record.action_enrol()
        self.assertEqual(self._get_people().mapped("res_id"), self.emre.ids)

    def test_everybody_is_not_meant_by_saying_nothing(self):
        with self._open(default_journey_id=self.journey.id) as form:
            pass
        with self.assertRaises(UserError):
            form.record.action_enrol()

    def test_a_filter_that_cannot_be_read(self):
        for domain in ("[('nothing', '=', 1)]", "__import__('os')", "[("):
            wizard = (
                self.env["crm.journey.enrolment"]
                .with_user(self.marketer)
                .create({"journey_id": self.journey.id, "domain": domain})
            )
            with self.assertRaises(UserError):
                wizard.action_enrol()

    def test_nobody_puts_in_whom_the_responsible_may_not_see(self):
        self.env["ir.rule"].create(
            {
                "name": "Marketer does not see Amal",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.amal.id})] if user.id == {self.marketer.id}"
                " else [(1, '=', 1)]",
            }
        )
        context = {"active_model": "res.partner", "active_ids": (self.amal + self.basil).ids}
        with self._open(self.manager, **context) as form:
            form.journey_id = self.journey
        form.record.action_enrol()
        self.assertEqual(self._get_people().mapped("res_id"), self.basil.ids)

    def test_only_into_what_runs_and_takes_them(self):
        leads = self._go_live(
            self._make_journey(NODES, EDGES, model_id=self.env["ir.model"]._get_id("crm.lead"))
        )
        draft = self._make_journey(NODES, EDGES)
        Wizard = (
            self.env["crm.journey.enrolment"]
            .with_user(self.marketer)
            .with_context(active_model="res.partner", active_ids=self.amal.ids)
        )
        for journey in (leads, draft):
            with self.assertRaises(UserError):
                Wizard.create({"journey_id": journey.id}).action_enrol()

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import START, ReportCommon


@tagged("post_install", "-at_install")
class TestAccount(ReportCommon):
    def _explain(self, record, journey=None, user=None):
        journey = (journey or self.journey).with_user(user or self.marketer)
        action = journey.action_explain()
        Wizard = journey.env[action["res_model"]].with_context(**action["context"])
        with Form(Wizard) as form:
            form.res_id = record.id
        wizard = form.record
        wizard.action_explain()
        return wizard.line_ids

    def _texts(self, lines, section=None, tone=None):
        return lines.filtered(
            lambda line: (not section or line.section == section) and tone in (None, line.tone)
        ).mapped("text")

    def _start_with(self, owner=None, **start):
        return self._go_live(self._make_journey({"start": start}, [], user=owner))

    def test_whoever_was_never_in_it(self):
        lines = self._explain(self.faris)
        self.assertEqual(self._texts(lines, "passage"), ["Has never been in this journey."])

    def test_conditions_one_by_one(self):
        journey = self._start_with(
            trigger="match",
            domain=repr([("name", "=", "Amal"), ("email", "!=", False), ("phone", "=", False)]),
        )
        lines = self._explain(self.amal, journey)
        self.assertIn("Holds: Name is Amal", self._texts(lines, "start", "good"))
        self.assertIn("Does not hold: Phone is not set", self._texts(lines, "start", "bad"))
        self.assertIn("does not match the filter", self._texts(lines, "start", "bad")[0])

    def test_of_a_choice_all_is_named(self):
        journey = self._start_with(
            trigger="match", domain=repr(["|", ("name", "=", "X"), ("name", "=", "Y")])
        )
        lines = self._explain(self.amal, journey)
        self.assertIn("Does not hold: Name is X or Name is Y", self._texts(lines, "start", "bad"))

    def test_conditions_behind_a_link_are_named_by_their_path(self):
        journey = self._start_with(trigger="match", domain=repr([("country_id.code", "=", "FR")]))
        [text] = [text for text in self._texts(self._explain(self.amal, journey)) if "›" in text]
        self.assertEqual(text, "Does not hold: Country › Country Code is FR")

    def test_fields_that_the_reader_may_not_see_are_not_told(self):
        field = self.env["res.partner"]._fields["phone"]
        self.patch(field, "groups", "base.group_system")
        self.env.user.group_ids += self.env.ref("base.group_system")
        journey = self._start_with(
            owner=self.env.user, trigger="match", domain=repr([("phone", "=", "+32456000001")])
        )
        lines = self._explain(self.amal, journey)
        self.assertIn("There is a condition on what you may not see.", self._texts(lines))
        self.assertFalse([text for text in self._texts(lines) if "+3245" in text])

    def test_contacts_that_the_reader_may_not_see_are_not_told(self):
        self.env["ir.rule"].sudo().create(
            {
                "name": "No Amal",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": repr([("id", "!=", self.amal.id)]),
            }
        )
        wizard = (
            self.env["crm.journey.account"]
            .with_user(self.marketer)
            .create({"journey_id": self.journey.id, "res_id": self.amal.id})
        )
        with self.assertRaises(AccessError):
            wizard.action_explain()

    def test_segment(self):
        self.segment.action_evaluate()
        journey = self._start_with(trigger="segment_enter", segment_id=self.segment.id)
        self.assertIn(
            "is in “Test VIP”", self._texts(self._explain(self.amal, journey), "start")[0]
        )
        lines = self._explain(self.faris, journey)
        self.assertIn("is not in “Test VIP”", self._texts(lines, "start", "bad")[0])

    def test_whoever_was_in_the_segment_before_the_launch(self):
        self.segment.action_evaluate()
        journey = self._start_with(
            trigger="segment_enter", segment_id=self.segment.id, includes_members=False
        )
        journey.sudo().launched_at = fields.Datetime.now() + timedelta(days=1)
        lines = self._explain(self.amal, journey)
        self.assertIn("before the launch", self._texts(lines, "start", "bad")[0])

    def test_nobody_comes_into_a_journey_that_does_not_run(self):
        journey = self._make_journey({"start": {"trigger": "manual"}}, [])
        lines = self._explain(self.amal, journey)
        self.assertIn("not running (Draft)", self._texts(lines, "start", "bad")[0])

    def test_the_responsible_works_in_more_companies_than_the_reader(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.marketer.sudo().company_ids += elsewhere
        self.assertEqual(self.journey.user_id, self.marketer)
        self.assertNotIn(elsewhere, self.manager.company_ids)
        self.env.invalidate_all()
        self.assertTrue(self._explain(self.amal, user=self.manager))

    def test_nobody_enters_twice(self):
        person = self._enter(self.amal, identity_key=f"partner:{self.amal.id}")
        self.assertIn(
            "Is in the journey now: nobody is in it twice.",
            self._texts(self._explain(self.amal), "rule", "bad"),
        )
        person.write({"state": "done", "exit_reason": "end", "exited_at": START})
        self.assertIn(
            "may not enter again", self._texts(self._explain(self.amal), "rule", "bad")[0]
        )
        self.journey.reentry = "ended"
        self.assertFalse(self._texts(self._explain(self.amal), "rule", "bad"))

    def test_time_until_he_may_enter_again(self):
        self.journey.write({"reentry": "period", "reentry_amount": 30, "reentry_unit": "days"})
        self._enter(
            self.amal,
            identity_key=f"partner:{self.amal.id}",
            state="done",
            exit_reason="end",
            exited_at=fields.Datetime.now() - timedelta(days=10),
        )
        [text] = self._texts(self._explain(self.amal), "rule", "bad")
        self.assertIn("(30 days)", text)

    def test_records_that_the_responsible_may_not_read_do_not_come_in(self):
        self.env["ir.rule"].sudo().create(
            {
                "name": "No Amal for marketing",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "groups": [(4, self.env.ref("crm_suite_marketing.group_marketing_user").id)],
                "domain_force": repr([("id", "!=", self.amal.id)]),
            }
        )
        wizard = (
            self.env["crm.journey.account"]
            .sudo()
            .create({"journey_id": self.journey.id, "res_id": self.amal.id})
        )
        wizard.action_explain()
        [text] = self._texts(wizard.line_ids, "rule", "bad")
        self.assertIn("marketer, who is responsible, may not read", text)

    def test_leads(self):
        lead = self.env["crm.lead"].create({"name": "Roof", "partner_id": self.amal.id})
        journey = self._go_live(
            self._make_journey(
                {
                    "start": {
                        "trigger": "match",
                        "domain": repr([("partner_id.name", "=", "Basil")]),
                    },
                    "hello": {"kind": "mail", "name": "Hello"},
                },
                ["start > hello"],
                user=self.env.user,
                model_id=self.env["ir.model"]._get_id("crm.lead"),
            )
        )
        lines = self._explain(lead, journey, user=self.env.user)
        self.assertTrue(
            [text for text in self._texts(lines, "start", "bad") if "Name is Basil" in text]
        )
        self.assertIn("E-mail: may be sent.", self._texts(lines, "consent", "good"))

    def test_exit_rule(self):
        self.journey.exit_domain = repr([("name", "=", "Amal")])
        lines = self._explain(self.amal)
        self.assertIn(
            "Matches the rule by which people are taken out.", self._texts(lines, "rule", "bad")
        )
        self.assertIn("Holds: Name is Amal", self._texts(lines, "rule"))
        self.assertFalse(self._texts(self._explain(self.basil), "rule", "bad"))

    def test_a_filter_that_cannot_be_asked_is_told(self):
        self.journey.sudo().exit_domain = repr([("no_such_field", "=", 1)])
        lines = self._explain(self.amal)
        self.assertIn(
            "There is a filter that cannot be evaluated.", self._texts(lines, "rule", "bad")
        )
        self.assertTrue(self._texts(lines, "start"))

    def test_another_journey_goes_first(self):
        other = self._start_with(trigger="manual")
        (other + self.journey).is_exclusive = True
        other.write({"sequence": 1, "name": "Urgent"})
        self._enter(self.amal, other.live_version_id, identity_key=f"partner:{self.amal.id}")
        self.assertIn(
            "Is in “Urgent”, which goes first.",
            self._texts(self._explain(self.amal), "rule", "bad"),
        )

    def test_consent(self):
        journey = self._make_journey(
            {"hello": {"kind": "mail", "name": "Hello"}}, ["start > hello"]
        )
        for contact, tone, words in (
            (self.amal, "good", "may be sent"),
            (self.celine, "bad", "Blacklisted"),
            (self.dalia, "bad", "No address"),
        ):
            [text] = self._texts(self._explain(contact, journey), "consent", tone)
            self.assertIn(words, text)

    def test_where_he_is_and_what_he_waits_for(self):
        person = self._enter(self.amal)
        self._visit(person, "wait", "waiting", due_at=START + timedelta(days=2))
        [line] = self._explain(self.amal).filtered(lambda one: one.section == "passage")
        self.assertIn("version 1", line.text)
        self.assertIn("Waits at “Two days” until", line.detail)

    def test_every_step_with_its_message(self):
        person = self._enter(self.amal, state="left", exit_reason="unsubscribed", exited_at=START)
        self._deliver(self._visit(person, "wait", port="next"), clicked=True)
        step = self._visit(person, "ask", "skipped", port="no", reason="blacklist")
        self._deliver(step, state="suppressed", reason="blacklist", sent_at=False)
        lines = self._explain(self.amal)
        self.assertIn("Unsubscribed", self._texts(lines, "passage", "bad")[0])
        skipped, done = lines.filtered(lambda one: one.section == "step")
        self.assertTrue(done.text.endswith("Two days – Done"), done.text)
        self.assertIn("Message: sent on", done.detail)
        self.assertIn("Clicked on", done.detail)
        self.assertIn("Belgian? – Skipped (No)", skipped.text)
        self.assertEqual(skipped.detail, "Message: Left Out. Blacklisted.")

    def test_opened_from_the_contact(self):
        Wizard = self.env["crm.journey.account"].with_user(self.marketer)
        Wizard = Wizard.with_context(active_model="res.partner", active_id=self.amal.id)
        with Form(Wizard) as form:
            form.journey_id = self.journey
        self.assertEqual(form.record.res_id, self.amal.id)

    def test_opened_from_the_participant(self):
        person = self._enter(self.amal)
        Wizard = self.env["crm.journey.account"].with_user(self.marketer)
        Wizard = Wizard.with_context(active_model=person._name, active_id=person.id)
        wizard = Form(Wizard).save()
        self.assertEqual((wizard.journey_id, wizard.res_id), (self.journey, self.amal.id))

    def test_somebody_has_to_be_chosen(self):
        wizard = (
            self.env["crm.journey.account"]
            .with_user(self.marketer)
            .create({"journey_id": self.journey.id})
        )
        with self.assertRaises(UserError):
            wizard.action_explain()

    def test_nothing_changes_by_asking(self):
        person = self._enter(self.amal)
        step = self._visit(person, "wait", "waiting")
        self._explain(self.amal)
        self.env.invalidate_all()
        self.assertEqual((person.state, step.state), ("running", "waiting"))
        self.assertEqual(self.env["crm.journey.participant"].search_count([
            ("journey_id", "=", self.journey.id)]), 1)  # fmt: skip

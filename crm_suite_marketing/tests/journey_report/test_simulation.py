from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import START, ReportCommon

WATCHED = (
    "crm.journey.participant",
    "crm.journey.step",
    "crm.outbox",
    "crm.engagement",
    "mail.mail",
    "mail.message",
    "mailing.trace",
    "sms.sms",
)


@tagged("post_install", "-at_install")
class TestSimulation(ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.reachable + cls.celine + cls.dalia).tz = "Europe/Brussels"
        cls.env.company.write(
            {
                "quiet_hours": False,
                "cap_messages": 0,
                "send_on_saturday": True,
                "send_on_sunday": True,
            }
        )
        cls.welcome = cls._make_journey(
            {
                "start": {"trigger": "manual"},
                "hello": {"kind": "mail", "name": "Hello"},
                "look": {
                    "kind": "condition",
                    "name": "Opened?",
                    "asks": "event",
                    "event": "opened",
                    "about_node_uid": "hello",
                    "amount": 3,
                    "unit": "days",
                },
                "thanks": {"kind": "mail", "name": "Thanks"},
                "remind": {"kind": "mail", "name": "Reminder"},
            },
            ["start > hello", "hello > look", "look.yes > thanks", "look.timeout > remind"],
            name="Greeting",
        )

    def _simulate(self, record, journey=None, user=None, answers=None, moment=START, **values):
        """Fill in the wizard as a person does.

        :param answers: ``{key of a node: values of its assumption}``
        """
        journey = (journey or self.welcome).with_user(user or self.marketer)
        action = journey.action_simulate()
        Wizard = journey.env[action["res_model"]].with_context(**action["context"])
        with Form(Wizard) as form:
            form.res_id = record.id
            form.moment = moment
            for name, value in values.items():
                form[name] = value
            for place in range(len(form.assumption_ids)):
                with form.assumption_ids.edit(place) as assumption:
                    for name, value in (answers or {}).get(assumption.node_id.uid, {}).items():
                        assumption[name] = value
        wizard = form.record
        wizard.action_simulate()
        return wizard

    def _path(self, wizard):
        return [line.node_id.uid for line in wizard.line_ids]

    def test_whoever_opens_gets_thanks(self):
        wizard = self._simulate(
            self.amal, answers={"look": {"answer": "after", "amount": 5, "unit": "hours"}}
        )
        self.assertEqual(self._path(wizard), ["hello", "look", "thanks"])
        self.assertEqual(wizard.line_ids[2].came_at, START + timedelta(hours=5))
        self.assertIn("amal@customer.example.com", wizard.line_ids[0].what)

    def test_whoever_does_not_is_reminded_after_three_days(self):
        wizard = self._simulate(self.amal)
        self.assertEqual(self._path(wizard), ["hello", "look", "remind"])
        self.assertEqual(wizard.line_ids[2].came_at, START + timedelta(days=3))
        self.assertIn("Opened: Hello", wizard.line_ids[1].why)

    def test_opening_too_late_does_not_count(self):
        wizard = self._simulate(
            self.amal, answers={"look": {"answer": "after", "amount": 4, "unit": "days"}}
        )
        self.assertEqual(self._path(wizard)[-1], "remind")

    def test_who_cannot_be_written_to_opens_nothing(self):
        answers = {"look": {"answer": "after", "amount": 5, "unit": "hours"}}
        for contact, words in ((self.celine, "Blacklisted"), (self.dalia, "No Address")):
            wizard = self._simulate(contact, answers=answers)
            self.assertEqual(self._path(wizard)[-1], "remind", contact.name)
            self.assertEqual(wizard.line_ids[0].tone, "refused")
            self.assertEqual(wizard.line_ids[0].why, words)
            self.assertIn("0 messages", wizard.summary)

    def test_who_has_not_agreed_to_the_purpose(self):
        self.welcome.purpose_id = self.env["crm.consent.purpose"].create(
            {"name": "News", "text": "News by e-mail", "needs_opt_in": True}
        )
        wizard = self._simulate(self.amal)
        self.assertEqual(wizard.line_ids[0].why, "Has Not Agreed")

    def test_moments_are_those_of_his_clock(self):
        self.amal.tz = "Asia/Tokyo"
        wizard = self._simulate(self.amal)
        self.assertIn("18:00", wizard.line_ids[0].moment)

    def test_clocks_change_while_he_waits(self):
        journey = self._make_journey(
            {"wait": {"kind": "wait", "amount": 1, "unit": "days"}, "bye": {"kind": "exit"}},
            ["start > wait", "wait > bye"],
        )
        # in Brussels, the clock goes forward on 29 March 2026
        wizard = self._simulate(self.amal, journey, moment=datetime(2026, 3, 28, 12, 0))
        self.assertEqual(wizard.line_ids[1].came_at, datetime(2026, 3, 29, 11, 0))

    def test_quiet_hours_put_a_message_off(self):
        self.env.company.write({"quiet_hours": True, "quiet_from": 20.0, "quiet_until": 8.0})
        wizard = self._simulate(self.amal, moment=datetime(2026, 3, 2, 21, 0))
        line = wizard.line_ids[0]
        self.assertIn("08:00", line.what)
        self.assertIn("quiet hours", line.why)

    def test_the_hour_in_which_somebody_mostly_reads(self):
        mailing = self._create_mailing(delivery_engine="suite", at_usual_hour=True)
        node = self.welcome.version_ids.node_ids.filtered(lambda one: one.uid == "hello")
        # what was launched is not changed by any door
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_journey_node SET mailing_id = %s WHERE id = %s", [mailing.id, node.id]
        )
        self.env.invalidate_all()
        read_at = datetime.now().replace(microsecond=0) - timedelta(days=2)
        # sudo: as the ledger writes
        self.env["crm.engagement"].sudo().create(
            {
                "event_key": "usual",
                "ts": read_at,
                "kind": "open",
                "actor": "human",
                "partner_id": self.amal.id,
            }
        )
        self.amal.tz = "UTC"
        moment = datetime(2026, 3, 2, 12, 0) + timedelta(hours=(read_at.hour - 17) % 24 - 12)
        line = self._simulate(self.amal, moment=moment).line_ids[0]
        self.assertIn(f"{read_at.hour:02}:00", line.what)
        self.assertIn("mostly reads", line.why)

    def test_whoever_got_enough_messages_waits_for_the_next(self):
        self.env.company.write({"cap_messages": 1, "cap_days": 7})
        journey = self._make_journey(
            {
                "hello": {"kind": "mail", "name": "Hello"},
                "day": {"kind": "wait", "amount": 1, "unit": "days"},
                "more": {"kind": "mail", "name": "More"},
            },
            ["start > hello", "hello > day", "day > more"],
        )
        line = self._simulate(self.amal, journey).line_ids[2]
        self.assertIn("Mon 9 Mar 2026 10:00", line.what)
        self.assertIn("enough messages", line.why)
        self.assertEqual(line.came_at, START + timedelta(days=1))

    def test_messages_that_he_got_before_count(self):
        self.env.company.write({"cap_messages": 1, "cap_days": 7})
        step = self._visit(self._enter(self.amal), "wait")
        self._deliver(step, sent_at=START - timedelta(days=2))
        line = self._simulate(self.amal).line_ids[0]
        self.assertIn("Sat 7 Mar 2026 10:00", line.what)

    def test_a_branch_asks_the_record_as_it_is(self):
        journey = self._make_journey(
            {
                "ask": {"kind": "branch", "domain": "[('name', '=', 'Amal')]"},
                "a": {"kind": "exit", "name": "A"},
                "b": {"kind": "exit", "name": "B"},
            },
            ["start > ask", "ask.yes > a", "ask.no > b"],
        )
        self.assertEqual(self._path(self._simulate(self.amal, journey))[-1], "a")
        self.assertEqual(self._path(self._simulate(self.basil, journey))[-1], "b")
        wizard = self._simulate(self.basil, journey)
        self.assertIn("Name is Amal", wizard.line_ids[0].why)

    def test_a_branch_may_be_assumed_to_come_out_otherwise(self):
        journey = self._make_journey(
            {
                "ask": {"kind": "branch", "domain": "[('name', '=', 'Amal')]"},
                "a": {"kind": "exit"},
                "b": {"kind": "exit"},
            },
            ["start > ask", "ask.yes > a", "ask.no > b"],
        )
        wizard = self._simulate(self.amal, journey, answers={"ask": {"answer": "never"}})
        self.assertEqual(self._path(wizard)[-1], "b")

    def test_a_way_of_a_test_is_chosen(self):
        journey = self._make_journey(
            {
                "test": {
                    "kind": "split",
                    "arm_ids": [
                        Command.create({"port": "a", "name": "Short", "weight": 90}),
                        Command.create({"port": "b", "name": "Long", "weight": 10}),
                    ],
                },
                "one": {"kind": "exit"},
                "two": {"kind": "exit"},
            },
            ["start > test", "test.a > one", "test.b > two"],
        )
        self.assertEqual(self._path(self._simulate(self.amal, journey)), ["test", "one"])
        arm = journey.draft_version_id.node_ids.arm_ids.filtered(lambda one: one.port == "b")
        wizard = self._simulate(self.amal, journey, answers={"test": {"arm_id": arm}})
        self.assertEqual(self._path(wizard), ["test", "two"])

    def test_a_goal_takes_him_out_wherever_he_is(self):
        journey = self._make_journey(
            {
                "wait": {"kind": "wait", "amount": 10, "unit": "days"},
                "goal": {"kind": "goal", "asks": "event", "event": "order_confirmed"},
            },
            ["start > wait", "wait > goal"],
        )
        answers = {"goal": {"answer": "after", "amount": 2, "unit": "days"}}
        wizard = self._simulate(self.amal, journey, answers=answers)
        self.assertEqual(self._path(wizard), ["wait"])
        self.assertIn("Reached the Goal", wizard.summary)
        self.assertEqual(self._path(self._simulate(self.amal, journey)), ["wait", "goal"])

    def test_an_exit_rule_takes_him_out_at_once(self):
        self.welcome.exit_domain = repr([("name", "=", "Amal")])
        wizard = self._simulate(self.amal)
        self.assertIn("Exit Rule", wizard.summary)
        self.assertEqual(len(wizard.line_ids), 1)

    def test_a_filter_that_cannot_be_asked_is_told(self):
        self.welcome.sudo().exit_domain = repr([("no_such_field", "=", 1)])
        with self.assertRaises(UserError):
            self._simulate(self.amal)

    def test_an_a_b_test_that_is_decided_sends_everybody_to_the_winner(self):
        journey = self._make_journey(
            {
                "test": {
                    "kind": "ab",
                    "arm_ids": [
                        Command.create({"port": "a", "name": "Short", "weight": 90}),
                        Command.create({"port": "b", "name": "Long", "weight": 10}),
                    ],
                },
                "one": {"kind": "exit"},
                "two": {"kind": "exit"},
            },
            ["start > test", "test.a > one", "test.b > two"],
        )
        test = journey.draft_version_id.node_ids.filtered(lambda node: node.kind == "ab")
        test.sudo().ab_decided_port = "b"
        self.assertEqual(self._path(self._simulate(self.amal, journey)), ["test", "two"])

    def test_loops_end(self):
        journey = self._make_journey(
            {
                "hello": {"kind": "mail", "name": "Hello"},
                "week": {"kind": "wait", "amount": 7, "unit": "days"},
            },
            ["start > hello", "hello > week", "week > hello"],
        )
        wizard = self._simulate(self.amal, journey, days=30)
        self.assertEqual(self._path(wizard).count("hello"), 5)
        self.assertIn("later than asked for", wizard.summary)

    def test_a_date_of_the_record(self):
        journey = self._make_journey(
            {
                "until": {
                    "kind": "until",
                    "until_kind": "field",
                    "date_field_id": self.env.ref("base.field_res_partner__create_date").id,
                    "amount": 3,
                    "unit": "days",
                },
                "bye": {"kind": "exit", "name": "Bye"},
                "late": {"kind": "exit", "name": "Too late"},
            },
            ["start > until", "until.next > bye", "until.missed > late"],
        )
        created = self.amal.create_date
        wizard = self._simulate(self.amal, journey, moment=created)
        self.assertEqual(self._path(wizard), ["until", "bye"])
        wizard = self._simulate(self.amal, journey, moment=created + timedelta(days=30))
        self.assertEqual(self._path(wizard), ["until", "late"])

    def test_nothing_is_sent_and_nobody_enters(self):
        counts = {name: self.env[name].sudo().search_count([]) for name in WATCHED}
        stamp = self.amal.write_date
        self._simulate(self.amal)
        self.env.flush_all()
        self.amal.invalidate_recordset()
        self.assertEqual({name: self.env[name].sudo().search_count([]) for name in WATCHED}, counts)
        self.assertEqual(self.amal.write_date, stamp)

    def test_a_date_that_the_reader_may_not_see_is_not_told(self):
        field = self.env["res.partner"]._fields["create_date"]
        journey = self._make_journey(
            {
                "until": {
                    "kind": "until",
                    "until_kind": "field",
                    "date_field_id": self.env.ref("base.field_res_partner__create_date").id,
                },
            },
            ["start > until"],
        )
        self.patch(field, "groups", "base.group_system")
        with self.assertRaises(UserError):
            self._simulate(self.amal, journey)

    def test_leads_are_written_to_at_the_address_of_their_contact(self):
        lead = self.env["crm.lead"].create({"name": "Roof", "partner_id": self.amal.id})
        journey = self._make_journey(
            {"hello": {"kind": "mail", "name": "Hello"}},
            ["start > hello"],
            user=self.env.user,
            model_id=self.env["ir.model"]._get_id("crm.lead"),
        )
        wizard = self._simulate(lead, journey, user=self.env.user)
        self.assertIn("amal@customer.example.com", wizard.line_ids.what)

    def test_somebody_has_to_be_chosen(self):
        wizard = (
            self.env["crm.journey.simulation"]
            .with_user(self.marketer)
            .create({"journey_id": self.welcome.id})
        )
        with self.assertRaises(UserError):
            wizard.action_simulate()

    def test_contacts_that_one_may_not_read_are_not_simulated(self):
        self.env["ir.rule"].sudo().create(
            {
                "name": "No Amal",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": repr([("id", "!=", self.amal.id)]),
            }
        )
        wizard = (
            self.env["crm.journey.simulation"]
            .with_user(self.marketer)
            .create({"journey_id": self.welcome.id, "res_id": self.amal.id})
        )
        with self.assertRaises(AccessError):
            wizard.action_simulate()

    def test_a_launched_version_can_be_simulated_too(self):
        wizard = self._simulate(self.amal, self.journey)
        self.assertEqual(wizard.version_id, self.version)
        self.assertEqual(self._path(wizard), ["wait", "ask", "goal"])

from contextlib import suppress

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.journey_report.filter_words import asks_hidden
from .common import EDGES, NODES, LifeCommon


@tagged("post_install", "-at_install")
class TestAttacks(LifeCommon):
    """A marketing user gets nothing by a journey that he may not do or see himself."""

    def _try(self, act, *arguments):
        """Some of what nobody may write is refused, and some is not looked at."""
        with suppress(AccessError), self.env.cr.savepoint():
            return act(*arguments)
        return self.env["crm.journey.node"]

    def test_nobody_writes_to_which_journey_a_node_belongs(self):
        """Its actions run with the rights of the responsible of the journey."""
        strong = self._make_journey(NODES, EDGES, user=self.manager)
        version = self.journey.draft_version_id
        node = version.node_ids[0].with_user(self.marketer)
        self._try(node.write, {"journey_id": strong.id})
        values = {"version_id": version.id, "kind": "wait"}
        self._try(node.create, {**values, "journey_id": strong.id})
        self._try(node.with_context(default_journey_id=strong.id).create, values)
        self._try(node.copy, {"uid": "other", "journey_id": strong.id})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertGreater(len(version.node_ids), len(NODES))
        self.assertEqual(version.node_ids.journey_id, self.journey)

    def test_nobody_writes_the_name_of_the_model(self):
        with self.assertRaises(AccessError):
            self.journey.with_user(self.marketer).write({"model_name": "res.users"})

    def test_a_copy_takes_nothing_from_other_journeys(self):
        theirs = self._go_live(self._make_journey(NODES, EDGES, user=self.manager))
        version = theirs.live_version_id
        mine = self.journey.with_user(self.marketer)
        for command in (
            Command.link(version.id),
            Command.update(version.id, {"note": "mine"}),
            Command.update(version.id, {"journey_id": mine.id}),
        ):
            with self.subTest(command=command), self.assertRaises(UserError):
                mine.copy({"version_ids": [command]})
        self.assertEqual(version.journey_id, theirs)
        self.assertFalse(version.note)

    def test_what_acts_at_once_is_changed_by_whoever_may_launch(self):
        self._go_live(self.journey)
        theirs = self.journey.with_user(self.other_marketer)
        for values in (
            {"exit_domain": "[('credit_limit', '>', 5)]"},
            {"purpose_id": False},
            {"reentry": "ended"},
            {"is_exclusive": True},
            {"keeps_quiet_hours": False},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                theirs.write(values)
            self.journey.with_user(self.marketer).write(values)

    def test_what_the_engine_notes_nobody_writes(self):
        """Whoever said that all were looked at years from now would stop goals and exit rules."""
        self._go_live(self.journey)
        for values in ({"looked_at": "2099-01-01 00:00:00"}, {"trigger_problem": "Broken"}):
            for user in (self.other_marketer, self.manager):
                with self.subTest(values=values, user=user.login), self.assertRaises(AccessError):
                    self.journey.with_user(user).write(values)

    def test_which_exclusive_journey_goes_first_is_said_by_whoever_may_launch(self):
        self._go_live(self.journey)
        theirs = self.journey.with_user(self.other_marketer)
        theirs.sequence = 7
        self.journey.with_user(self.marketer).is_exclusive = True
        with self.assertRaises(AccessError):
            theirs.sequence = 1
        self.journey.with_user(self.marketer).sequence = 1

    def test_nobody_takes_over_what_runs(self):
        self._go_live(self.journey)
        with self.assertRaises(AccessError):
            self.journey.with_user(self.other_marketer).user_id = self.other_marketer
        self.journey.with_user(self.manager).user_id = self.other_marketer

    @mute_logger("odoo.sql_db")
    def test_a_deleted_field_leaves_the_step_and_who_is_there(self):
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_test_date",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "ttype": "date",
            }
        )
        journey = self._make_journey(
            {
                "start": {"trigger": "manual"},
                "until": {"kind": "until", "until_kind": "field", "date_field_id": field.id},
                "end": {"kind": "exit"},
            },
            ["start > until", "until > end", "until.missed > end"],
        )
        self._go_live(journey)
        step = self._put(journey, self.amal, "until", state="due")
        field.unlink()
        self.env.invalidate_all()
        self.assertTrue(step.node_id.exists())
        self.env["crm.journey"]._process()
        self.env.invalidate_all()
        self.assertEqual(step.participant_id.state, "done", journey.pause_reason)

    def test_conditions_inside_of_conditions_are_hidden_too(self):
        env = self.env(user=self.marketer)
        inner = ("child_ids", "any", [("signup_type", "=", "signup")])
        self.assertTrue(asks_hidden(env, "res.partner", inner))
        self.assertTrue(asks_hidden(env, "res.partner", ("child_ids", "any", [inner])))
        harmless = ("child_ids", "any", [("name", "=", "a")])
        self.assertFalse(asks_hidden(env, "res.partner", harmless))

    def _simulate(self, user, contact):
        simulation = self.env["crm.journey.simulation"].with_user(user)
        simulation = simulation.create({"journey_id": self.journey.id, "res_id": contact.id})
        simulation.action_simulate()
        return simulation

    def test_a_simulation_is_no_oracle(self):
        admin = self.env.ref("base.user_admin")
        admin.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.env["crm.lead"].create(
            {"name": "Big", "type": "opportunity", "partner_id": self.amal.id}
        )
        domain = repr([("opportunity_ids.name", "=", "Big")])
        self.journey.with_user(self.marketer).write({"user_id": admin.id, "exit_domain": domain})
        with self.assertRaises(UserError):
            self._simulate(self.marketer, self.amal)
        found = self._simulate(admin, self.amal)
        self.assertTrue(found.line_ids.filtered(lambda one: "Exit Rule" in (one.why or "")))

    def test_a_deleted_model_takes_its_journeys_along(self):
        """As when the module of tickets is uninstalled: messages and people do not hold it up."""
        model = self.env["ir.model"].create(
            {"name": "Thing", "model": "x_test_thing", "is_mail_thread": True}
        )
        values = {"model_id": model.id, "company_id": self.env.company.id}
        journey = self.env["crm.journey"].create({"name": "Things", **values})
        version = journey.draft_version_id
        node = self.env["crm.journey.node"].create(
            {"version_id": version.id, "kind": "mail", "uid": "mail"}
        )
        node.action_write_message()
        mailing = node.mailing_id
        self._go_live(journey)
        other = self._go_live(self.journey)
        step = self._put(other, self.amal, "hello", state="due")
        model.unlink()
        self.env.invalidate_all()
        self.assertFalse(journey.exists() or node.exists())
        self.assertFalse(mailing.exists())
        self.env["crm.journey"]._process()
        self.env.invalidate_all()
        self.assertEqual(step.participant_id.state, "running")

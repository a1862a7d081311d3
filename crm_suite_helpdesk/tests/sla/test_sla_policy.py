from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from ..common import HOUR, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestSlaPolicy(HelpdeskCommon):
    """What a manager may promise, and the clear word he gets when he may not."""

    def create_policy(self, **values):
        return self.env["crm.sla.policy"].create(
            {
                "name": "Promise",
                "target_ids": [Command.create({"metric": "resolution", "budget_s": HOUR})],
                **values,
            }
        )

    def test_budgets_are_entered_in_hours_and_minutes(self):
        with Form(self.env["crm.sla.policy"].with_user(self.manager)) as form:
            form.name = "Gold"
            with form.target_ids.new() as target:
                target.metric = "first_response"
                target.budget = 1.3333333333
        self.assertEqual(form.record.target_ids.budget_s, 80 * 60)

    def test_a_budget_is_needed(self):
        for budget in (0, -1):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                self.policy.target_ids[0].budget = budget
                self.env.flush_all()

    def test_a_policy_without_targets_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "promises nothing"):
            self.create_policy(target_ids=[])

    def test_two_targets_for_the_same_are_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.policy.target_ids[0].copy()
            self.env.flush_all()

    def test_without_any_working_hours_it_says_so(self):
        self.company.resource_calendar_id = False
        with self.assertRaisesRegex(ValidationError, "No working hours"):
            self.create_policy()
        self.assertTrue(self.create_policy(mode="always"))
        self.assertTrue(self.create_policy(calendar_id=self.calendar.id))

    def test_hours_of_all_teams_are_enough(self):
        self.company.resource_calendar_id = False
        self.team.calendar_id = self.calendar
        self.assertTrue(self.create_policy(team_ids=[Command.set(self.team.ids)]))

    def test_flexible_hours_are_refused(self):
        flexible = self._create_calendar("Flexible", [("0", 8, 12)], schedule_type="flexible")
        for refuse in (
            lambda: self.create_policy(calendar_id=flexible.id),
            lambda: self.team.write({"calendar_id": flexible.id}),
        ):
            with self.assertRaisesRegex(ValidationError, "flexible hours"):
                refuse()
        self.team.calendar_id = self.calendar
        with self.assertRaisesRegex(ValidationError, "flexible hours"):
            self.calendar.schedule_type = "flexible"

    def test_a_flexible_company_is_refused_as_a_fallback(self):
        self.company.resource_calendar_id = self._create_calendar(
            "Flexible", [("0", 8, 12)], schedule_type="flexible"
        )
        with self.assertRaisesRegex(ValidationError, "flexible hours"):
            self.create_policy()

    def test_hours_without_work_are_refused(self):
        empty = self._create_calendar("Empty", [])
        with self.assertRaisesRegex(ValidationError, "no working hours"):
            self.create_policy(calendar_id=empty.id)

    def test_hours_fall_back_from_policy_to_team_to_company(self):
        first, second = (self._create_calendar(name, [("0", 8, 12)]) for name in "AB")
        ticket = self.create_ticket()
        self.assertEqual(self.policy._get_hours(ticket), ("working", self.calendar))
        self.team.calendar_id = second
        self.assertEqual(self.policy._get_hours(ticket), ("working", second))
        self.policy.calendar_id = first
        self.assertEqual(self.policy._get_hours(ticket), ("working", first))

    def test_a_ticket_has_a_deadline_when_all_hours_are_gone(self):
        self.company.resource_calendar_id = False
        ticket = self.create_ticket()
        self.assertEqual(self.clock(ticket, "resolution").mode, "always")
        self.assertTrue(ticket.sla_deadline)

    def test_the_default_policy_works_right_after_installation(self):
        policy = self.env.ref("crm_suite_helpdesk.crm_sla_policy_default")
        targets = policy.target_ids.mapped(lambda t: (t.metric, t.priority))
        self.assertEqual(len(set(targets)), 8)
        self.assertTrue(policy.company_id.resource_calendar_id)

    # ------------------------------------------------------------------ what limits a policy

    def limited(self):
        """A policy for one team and one customer."""
        self.former = self.env["res.partner"].create({"name": "Former", "is_company": True})
        return self.policy.copy(
            {
                "team_ids": [Command.set(self.team.ids)],
                "partner_ids": [Command.set(self.former.ids)],
            }
        )

    def test_what_limits_a_policy_is_not_deleted(self):
        policy = self.limited()
        policy.active = False
        stage = self.stages["open"].copy({"team_ids": [Command.set(self.team.ids)]})
        for record in (self.team, self.former):
            with self.assertRaisesRegex(UserError, policy.name):
                record.unlink()
        policy.unlink()
        with self.assertRaisesRegex(UserError, stage.name):
            self.team.unlink()
        stage.unlink()
        self.former.unlink()
        self.team.unlink()

    def test_a_team_with_tickets_is_archived_instead_of_deleted(self):
        ticket = self.create_ticket()
        with self.assertRaisesRegex(UserError, self.team.name):
            self.team.with_user(self.manager).unlink()
        self.team.with_user(self.manager).active = False
        self.assertEqual(ticket.team_id, self.team)

    def test_more_time_than_can_be_counted(self):
        with self.assertRaisesRegex(ValidationError, "is none"):
            self.policy.target_ids[0].budget = 999_999

    def test_not_even_by_the_database(self):
        self.limited()
        self.env.flush_all()
        for record in (self.team, self.former):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    SQL("DELETE FROM %s WHERE id = %s", SQL.identifier(record._table), record.id)
                )

    def test_what_is_archived_still_limits(self):
        self.policy.active = False
        policy = self.limited()
        stage = self.stages["open"].copy({"team_ids": [Command.set(self.team.ids)]})
        self.team.active = False
        self.former.active = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(policy.team_ids and policy.partner_ids)
        other = self.env["crm.ticket.team"].create({"name": "Other"})
        ticket = self.create_ticket(team_id=other.id)
        self.assertFalse(ticket.sla_clock_ids.filtered(lambda c: c.policy_id == policy))
        self.assertNotIn(stage, self.env["crm.ticket.stage"]._get_team_stages(other, ["open"]))

    def test_a_condition_on_what_the_manager_may_not_read(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        ticket = self.create_ticket(sale_order_id=order.id)
        policy = self.policy.with_user(self.manager)
        for domain in (
            "[('sale_order_id', '!=', False)]",
            "[('sale_order_id.amount_total', '>=', 0)]",
        ):
            with self.subTest(domain), self.assertRaises(ValidationError):
                policy.domain = domain
        policy.domain = "[('name', 'ilike', 'printer')]"
        self.assertTrue(ticket.sla_clock_ids)

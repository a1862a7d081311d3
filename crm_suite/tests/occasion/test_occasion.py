from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from .common import OccasionCase


class TestOccasionKinds(OccasionCase):
    def test_customer_goes_at_risk(self):
        self._rule("at_risk")
        self._cells(self.haddad, "loyal", "at_risk")
        occasion = self._told(self.haddad)
        self.assertEqual((occasion.state, occasion.user_id), ("planned", self.omar))
        activity = self.haddad.activity_ids
        self.assertEqual(activity, occasion.activity_id)
        self.assertEqual((activity.user_id, activity.activity_type_id), (self.omar, self.kind))
        self._cells(self.haddad, "at_risk", "cannot_lose")
        self.assertEqual(self._told(self.haddad), occasion, "he was at risk before")

    def test_new_figures_are_no_occasion(self):
        self._rule("at_risk")
        self._rule("champion")
        self._cells(self.haddad, None, "at_risk")
        self._cells(self.haddad, None, "champion")
        self.assertFalse(self._told(self.haddad))

    def test_customer_becomes_a_champion(self):
        self._rule("champion")
        self._cells(self.haddad, "loyal", "champion")
        self.assertEqual(self._told(self.haddad).kind, "champion")
        self._cells(self.haddad, "champion", "loyal")
        self._cells(self.haddad, "loyal", "champion")
        self.assertEqual(len(self._told(self.haddad)), 1, "once a day")

    def test_cooldown(self):
        rule = self._rule("at_risk", cooldown_days=90)
        self._cells(self.haddad, "loyal", "at_risk")
        [first] = self._told(self.haddad)
        first.date -= timedelta(days=89)
        self._cells(self.haddad, "loyal", "at_risk")
        self.assertEqual(len(self._told(self.haddad)), 1)
        first.date -= timedelta(days=1)
        self._cells(self.haddad, "loyal", "at_risk")
        self.assertEqual(len(self._told(self.haddad)), 2)
        self.assertEqual(rule.occasion_count, 2)

    def test_birthday(self):
        self._rule("birthday", cooldown_days=300)
        self.layla.birthdate = "1990-05-14"
        self._run("2026-05-13 12:00:00")
        self.assertFalse(self._told(self.layla))
        self._run("2026-05-14 12:00:00")
        self._run("2026-05-14 13:00:00")
        self._run("2026-05-15 12:00:00")
        [occasion] = self._told(self.layla)
        self.assertEqual(str(occasion.date), "2026-05-14")
        self.assertEqual(occasion.user_id, self.omar, "the salesperson of her company")
        self._run("2027-05-15 12:00:00")
        self.assertEqual(len(self._told(self.layla)), 2, "made up for")

    def test_birthday_of_the_leap_day(self):
        self._rule("birthday")
        self.layla.birthdate = "1992-02-29"
        self._run("2027-02-28 12:00:00")
        self._run("2028-02-28 12:00:00")
        self._run("2028-02-29 12:00:00")
        days = sorted(str(day) for day in self._told(self.layla).mapped("date"))
        self.assertEqual(days, ["2027-02-28", "2028-02-29"])

    def test_the_day_of_birth_is_no_birthday(self):
        self._rule("birthday")
        self.layla.birthdate = "2026-05-14"
        self._run("2026-05-14 12:00:00")
        self.assertFalse(self._told(self.layla))

    def test_birthday_in_the_time_zone_of_the_company(self):
        far = self.env["res.company"].create({"name": "Far East"})
        far.partner_id.tz = "Pacific/Auckland"
        self._rule("birthday", company_id=far.id)
        self.layla.write({"birthdate": "1990-05-15", "company_id": False})
        there = self._customer("There", is_company=False, company_id=far.id)
        there.write({"birthdate": "1990-05-15", "user_id": self.env.user.id})
        self._run("2026-05-14 13:00:00")
        self.assertEqual(str(self._told(there).date), "2026-05-15")
        self.assertFalse(self._told(self.layla), "the rule is of another company")

    def test_order_overdue(self):
        self._rule("overdue", days_late=14, cooldown_days=60)
        self._metric(self.haddad, expected_order_date=self._day(13), order_count=2)
        self._run()
        self.assertFalse(self._told(self.haddad))
        self._metric(self.haddad, expected_order_date=self._day(14), order_count=2)
        self._run()
        self._run()
        self.assertEqual(len(self._told(self.haddad)), 1)
        self._metric(self.haddad, expected_order_date=self._day(15), order_count=2)
        self._run()
        self.assertEqual(len(self._told(self.haddad)), 1, "the figure moved a day")

    def test_what_happened_before_is_left_alone(self):
        rule = self._rule("overdue", days_late=14)
        rule.active = False
        self._metric(self.haddad, expected_order_date=self._day(100), order_count=2)
        rule.active = True
        self._run()
        self.assertFalse(self._told(self.haddad))

    def test_lifecycle_stage(self):
        self._rule("stage", stage_id=self.advocate.id, since=fields.Date.today())
        self.haddad.lifecycle_stage_id = self.advocate
        self._run()
        self.assertEqual(self._told(self.haddad).state, "planned")

    def test_archived_customers_and_rules(self):
        rule = self._rule("at_risk")
        self.env["crm.customer.metric"]._on_cells_changed(
            [(self.haddad.id, self.env.company.id, "loyal", "at_risk")]
        )
        rule.active = False
        self._run()
        self.assertEqual(self._told(self.haddad).skip_kind, "archived")
        najd = self._customer(active=False)
        rule.active = True
        self._cells(najd, "loyal", "at_risk")
        self.assertFalse(self._told(najd))

    def test_without_salesperson(self):
        rule = self._rule("at_risk")
        self.haddad.user_id = False
        self._cells(self.haddad, "loyal", "at_risk")
        occasion = self._told(self.haddad)
        self.assertEqual((occasion.state, occasion.skip_kind), ("skipped", "user"))
        rule.user_id = self.nora
        najd = self._customer()
        self._cells(najd, "loyal", "at_risk")
        self.assertEqual(najd.activity_ids.user_id, self.nora)
        self.omar.active = False
        other = self._customer(user_id=self.omar.id)
        self._cells(other, "loyal", "at_risk")
        self.assertEqual(other.activity_ids.user_id, self.nora)

    def test_salesperson_who_may_not_see_the_contact(self):
        self._rule("at_risk")
        other = self.env["res.company"].create({"name": "Berlin"})
        self.haddad.company_id = other
        self._cells(self.haddad, "loyal", "at_risk")
        self.assertEqual(self._told(self.haddad).skip_kind, "access")

    def test_salesperson_of_another_company(self):
        """What happened in one company is not told to who works for another."""
        self._rule("at_risk", user_id=self.nora.id)
        berlin = self.env["res.company"].create({"name": "Berlin"})
        hans = new_test_user(
            self.env,
            login="crm_suite_hans",
            groups="sales_team.group_sale_salesman",
            company_id=berlin.id,
            company_ids=berlin.ids,
        )
        najd = self._customer(user_id=hans.id)
        self._cells(najd, "loyal", "at_risk")
        self.assertEqual(najd.activity_ids.user_id, self.nora)
        there = [(najd.id, berlin.id, "loyal", "at_risk")]
        self.env["crm.customer.metric"]._on_cells_changed(there)
        self._run()
        self.assertEqual(self._told(najd).user_id, self.nora + hans)
        self.haddad.user_id = False
        self.env["crm.customer.metric"]._on_cells_changed(
            [(self.haddad.id, berlin.id, "loyal", "at_risk")]
        )
        self._run()
        self.assertEqual(self._told(self.haddad).skip_kind, "user", "nora does not work there")

    def test_birthdays_with_an_archived_customer(self):
        self._rule("birthday")
        self.layla.birthdate = "1990-05-14"
        self.env.cr.execute("UPDATE res_partner SET active = FALSE WHERE id = %s", [self.haddad.id])
        self.env.invalidate_all()
        self._run("2026-05-14 12:00:00")
        self.assertFalse(self._told(self.layla))

    def test_nobody_comes_to_a_stage_by_a_merge(self):
        self._rule("stage", stage_id=self.advocate.id, since=fields.Date.today())
        other = self._customer("Haddad")
        self.Move._move(other.ids, self.advocate, "hand")
        self._run()
        self.assertEqual(len(self._told(other)), 1)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        self.haddad.lifecycle_stage_id = self.lead
        wizard._merge([self.haddad.id, other.id], self.haddad)
        self.assertEqual(self.haddad.lifecycle_stage_id, self.advocate)
        self.env.cr.execute("DELETE FROM crm_occasion")
        self.Move.search([("kind", "!=", "merge")]).sudo().unlink()
        self._run()
        self.assertFalse(self._told(self.haddad))

    @mute_logger("odoo.addons.crm_suite.models.occasion.crm_occasion")
    def test_one_that_cannot_be_done_does_not_hold_up_others(self):
        self._rule("birthday")
        people = self._customer("A") + self._customer("B") + self._customer("C")
        people.write({"birthdate": "1990-05-14", "user_id": self.omar.id})
        create = self.env.registry["mail.activity"].create

        def refuse(activities, vals_list):
            if people[1].id in [vals["res_id"] for vals in vals_list]:
                raise ValueError("refused")
            return create(activities, vals_list)

        with patch.object(self.env.registry["mail.activity"], "create", refuse):
            self._run("2026-05-14 12:00:00")
        states = [self._told(person).state for person in people]
        self.assertEqual(states, ["planned", "failed", "planned"])
        self.assertIn("refused", self._told(people[1]).failure_reason)
        self._told(people[1]).with_user(self.mona).action_retry()
        self._run("2026-05-14 12:00:00")
        self.assertEqual([len(person.activity_ids) for person in people], [1, 1, 1])

    def test_a_run_that_is_killed_goes_on(self):
        """What was committed is done, the rest is done by the next run, nothing twice."""
        self._rule("birthday", cooldown_days=300)
        people = self.env["res.partner"].browse()
        for number in range(5):
            people += self._customer(f"C {number}", birthdate="1990-05-14", user_id=self.omar.id)
        cron = self.env.registry["ir.cron"]
        path = "odoo.addons.crm_suite.models.occasion.crm_occasion.BATCH"

        def commit_and_die(crons, processed=0, *args, **kwargs):
            if processed == 2:
                raise KeyboardInterrupt
            return float("inf")

        # assertRaises would undo what was committed
        with (
            patch(path, 2),
            patch.object(cron, "_commit_progress", commit_and_die),
            freeze_time("2026-05-14 12:00:00"),
            suppress(KeyboardInterrupt),
        ):
            self.Rules._cron_run()
        self.env.invalidate_all()
        self.assertEqual(sum(len(person.activity_ids) for person in people), 2)
        with patch(path, 2):
            self._run("2026-05-14 12:00:00")
            self._run("2026-05-15 12:00:00")
        self.assertEqual([len(person.activity_ids) for person in people], [1] * 5)
        self.assertEqual([len(self._told(person)) for person in people], [1] * 5)

    def test_merge(self):
        self._rule("birthday")
        other = self._customer("Layla", is_company=False, user_id=self.omar.id)
        (self.layla + other).birthdate = "1990-05-14"
        self._run("2026-05-14 12:00:00")
        self.assertEqual(len(self._told(self.layla) + self._told(other)), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([self.layla.id, other.id], self.layla)
        self.assertEqual(len(self._told(self.layla)), 1)

    def test_two_runs_at_once(self):
        """A row that is entered twice is one; a row that is held is left to its holder."""
        rule = self._rule("at_risk")
        rows = [(self.haddad.id, self.env.company.id)]
        self.Rules._note_changes("at_risk", rows)
        self.Rules._note_changes("at_risk", rows)
        self.assertEqual(len(self._told(self.haddad)), 1)
        pending = self.Occasion._lock_pending()
        self.assertEqual(pending.rule_id, rule)
        pending._act()
        self.assertFalse(self.Occasion._lock_pending())

    def test_rules_are_complete(self):
        with self.assertRaises(ValidationError):
            self._rule("at_risk", activity_type_id=False)
        with self.assertRaises(ValidationError):
            self._rule("at_risk", action_kind="mail")
        with self.assertRaises(ValidationError):
            self._rule("stage")
        with self.assertRaises(ValidationError):
            self._rule(
                "at_risk", activity_type_id=self.env.ref("crm_suite.mail_activity_type_contact").id
            )
        with Form(self.Rules.with_user(self.mona)) as form:
            form.name = "Ours"
            form.kind = "birthday"
            form.activity_type_id = self.kind
        self.assertEqual(form.record.since, fields.Date.today())

    def test_defaults_write_to_nobody(self):
        rules = self.Rules.with_context(active_test=False).search([("action_kind", "=", "mail")])
        self.assertTrue(rules)
        for name in ("at_risk", "overdue", "champion", "birthday"):
            rule = self.env.ref(f"crm_suite.occasion_rule_{name}")
            self.assertEqual(rule.action_kind, "activity")

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import LifecycleCase


class TestLifecycleDefaultRules(LifecycleCase):
    def test_from_stranger_to_repeat_customer(self):
        lead = self.env["crm.lead"].create(
            {"name": "Desks", "type": "lead", "partner_id": self.layla.id}
        )
        self._run()
        self.assertEqual(self.haddad.lifecycle_stage_id, self.lead)
        self.assertFalse(self.layla.lifecycle_stage_id, "the stage is that of the customer")
        move = self.haddad.lifecycle_move_ids
        self.assertEqual(move.rule_id, self.env.ref("crm_suite.lifecycle_rule_lead"))
        self.assertEqual((move.kind, move.from_stage_id.id, move.days), ("rule", False, 0))
        self.assertEqual(move._get_document(), lead)
        self.assertFalse(move.user_id)
        lead.convert_opportunity(self.layla)
        self._run()
        self.assertEqual(self.haddad.lifecycle_stage_id, self.opportunity)
        order = self._order(self.layla, days=40)
        self.assertEqual(self.haddad.lifecycle_stage_id, self.customer, "at once")
        self.assertEqual(self._last(self.haddad)._get_document(), order)
        again = self._order(self.layla)
        self.assertEqual(self.haddad.lifecycle_stage_id, self.repeat)
        self.assertEqual(self._last(self.haddad)._get_document(), again)
        before = self.haddad.lifecycle_move_ids
        self._run()
        self._run()
        self.assertEqual(self.haddad.lifecycle_move_ids, before, "a second run moves nobody")

    def test_two_orders_of_one_day_are_one(self):
        self._order(self.layla)
        self._order(self.layla)
        self._run()
        self.assertEqual(self.haddad.order_day_count, 1)
        self.assertEqual(self.haddad.lifecycle_stage_id, self.customer)

    def test_days_are_those_of_the_company(self):
        """22:00 and 02:00 UTC are one day in Riyadh."""
        self.env.company.partner_id.tz = "Asia/Riyadh"
        first, second = self._order(self.layla), self._order(self.layla)
        first.date_order = datetime(2026, 3, 1, 22)
        second.date_order = datetime(2026, 3, 2, 2)
        self.assertEqual(self.haddad.order_day_count, 1)
        second.date_order = datetime(2026, 3, 2, 22)
        self.assertEqual(self.layla.order_day_count, 2)

    def test_won_opportunity_makes_a_customer(self):
        lead = self._create_opportunity()
        lead.action_set_won()
        self.assertEqual(self.haddad.lifecycle_stage_id, self.customer)
        self.assertEqual(self.haddad.lifecycle_move_ids._get_document(), lead)

    def test_at_risk_lost_and_back(self):
        customer = self._customer()
        self._order(customer, days=400)
        self._order(customer, days=100)
        self._run()
        self.assertEqual(customer.lifecycle_stage_id, self.repeat)
        self._metric(
            customer,
            order_count=2,
            last_order_date=self._day(100),
            expected_order_date=self._day(31),
        )
        self._run()
        self.assertEqual(customer.lifecycle_stage_id, self.at_risk)
        self.env["sale.order"].search([("partner_id", "=", customer.id)]).date_order = (
            datetime.now() - timedelta(days=400)
        )
        self._metric(customer, order_count=2, last_order_date=self._day(400))
        self._run()
        self.assertEqual(customer.lifecycle_stage_id, self.lost)
        self._order(customer)
        self.assertEqual(customer.lifecycle_stage_id, self.repeat, "back at once")
        self._run()
        self.assertEqual(customer.lifecycle_stage_id, self.repeat, "and stays")

    def test_cell_at_risk(self):
        customer = self._customer()
        self._order(customer, days=60)
        self._metric(customer, order_count=5, last_order_date=self._day(60), rfm_cell="cannot_lose")
        self._run()
        self.assertEqual(customer.lifecycle_stage_id, self.at_risk)

    def test_many_in_batches(self):
        customers = self.env["res.partner"].create([{"name": f"C {i}"} for i in range(25)])
        self.env["crm.lead"].create([{"name": "L", "partner_id": each.id} for each in customers])
        with patch("odoo.addons.crm_suite.models.lifecycle.crm_lifecycle_rule.BATCH", 10):
            self._run()
        stages = set(customers.mapped("lifecycle_stage_id"))
        self.assertEqual(len(stages), 1)
        self.assertEqual(len(customers.lifecycle_move_ids), 25)

    def test_queries_do_not_grow_with_customers(self):
        counts = []
        for number in (5, 50):
            customers = self.env["res.partner"].create([{"name": "C"} for _i in range(number)])
            self.env["crm.lead"].create(
                [{"name": "L", "partner_id": each.id} for each in customers]
            )
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._run()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)


class TestLifecycleRule(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule.search([]).active = False
        cls.najd = cls._customer(ref="lifecycle test")

    def _rule(self, **values):
        return self.Rule.create(
            {
                "name": "Test",
                "stage_id": self.customer.id,
                "domain": "[('ref', '=', 'lifecycle test')]",
                **values,
            }
        )

    def test_first_rule_that_fits_decides(self):
        self._rule(sequence=2)
        self._rule(sequence=1, stage_id=self.advocate.id)
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, self.advocate)
        self.assertEqual(len(self.najd.lifecycle_move_ids), 1)

    def test_only_forward(self):
        self.najd.write({"lifecycle_stage_id": self.repeat.id, "lifecycle_hold_until": False})
        rule = self._rule()
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, self.repeat)
        rule.from_stage_ids = self.repeat
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, self.repeat, "back is not allowed")
        rule.may_move_back = True
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, self.customer)

    def test_from_stages(self):
        rule = self._rule(from_stage_ids=[Command.set(self.lead.ids)])
        self._run()
        self.assertFalse(self.najd.lifecycle_stage_id)
        self.najd.write({"lifecycle_stage_id": self.lead.id, "lifecycle_hold_until": False})
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, self.customer)
        self.assertEqual(rule.move_count, 1)

    def test_held_customers_stay(self):
        self._rule()
        self.najd.lifecycle_stage_id = self.lead
        self.assertEqual(self.najd.lifecycle_hold_until, self._day(-30))
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, self.lead)
        self.najd.lifecycle_hold_until = self._day(1)
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, self.customer)
        self.assertFalse(self.najd.lifecycle_hold_until)

    def test_an_order_ends_the_hold(self):
        self.env.ref("crm_suite.lifecycle_rule_customer").active = True
        self.najd.lifecycle_stage_id = self.lead
        self._order(self.najd)
        self.assertEqual(self.najd.lifecycle_stage_id, self.customer)

    def test_contacts_and_archived_ones_stay(self):
        child = self._customer(
            "Contact", is_company=False, parent_id=self.najd.id, ref="lifecycle test"
        )
        gone = self._customer("Gone", active=False, ref="lifecycle test")
        self._rule()
        self._run()
        self.assertFalse((child + gone).lifecycle_stage_id)

    def test_archived_stage(self):
        rule = self._rule()
        self.customer.active = False
        self._run()
        self.assertFalse(self.najd.lifecycle_stage_id)
        self.assertEqual(rule.health, "broken")
        with self.assertRaisesRegex(ValidationError, "archived"):
            self._rule()
        # stages that are archived are earlier ones all the same
        self.lead.active = False
        self.najd.write({"lifecycle_stage_id": self.lead.id, "lifecycle_hold_until": False})
        self._rule(stage_id=self.repeat.id)
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, self.repeat)

    def test_company_of_the_rule(self):
        other = self.env["res.company"].create({"name": "Berlin"})
        rule = self._rule(company_id=other.id)
        self._run()
        self.assertFalse(self.najd.lifecycle_stage_id)
        self.najd.company_id = other
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, rule.stage_id)

    @mute_logger("odoo.domains")
    def test_hostile_filters(self):
        for domain in (
            "[]",
            "",
            "not a domain",
            "__import__('os').system('true')",
            "[('no_field', '=', 1)]",
            "[('name', 'no operator', 1)]",
            "[('id', '=', 'x')]",
            "[('name', '=', 'a\\x00b')]",
            "[('ref', '=', 'a\ud800')]",
            "[" * 500 + "]" * 500,
            "[('order_day_count', '>', 'many')]",
            "[('order_day_count', 'ilike', 'x')]",
        ):
            with self.subTest(domain=domain[:40]), self.assertRaises(UserError):
                self._rule(domain=domain)
        with self.assertRaisesRegex(ValidationError, "may not read"):
            self._rule().with_user(self.mona).domain = "[('signup_type', '=', 'x')]"
        # a search method answers for this field, and asks for no right
        with self.assertRaisesRegex(ValidationError, "may not read"):
            self._rule().with_user(
                self.mona
            ).domain = "[('child_ids', 'any', [('credit', '>', 5)])]"
        with self.assertRaisesRegex(ValidationError, "is a file"):
            self._rule(domain="[('image_1920', '=', 'x')]")

    def test_slow_filter_is_refused(self):
        path = "odoo.addons.crm_suite.models.mixins.crm_filter_mixin"
        with (
            patch(f"{path}.PROBE_SECONDS", 0.05),
            patch(f"{path}.SQL", self._sleep),
            self.assertRaisesRegex(ValidationError, "too long"),
        ):
            self._rule()
        self.env.cr.execute("SELECT pg_sleep(0.1)")

    @staticmethod
    def _sleep(code, *args, **kwargs):
        from odoo.tools import SQL

        if code.startswith("SELECT 1 FROM"):
            return SQL("SELECT pg_sleep(1)")
        return SQL(code, *args, **kwargs)

    @mute_logger("odoo.addons.crm_suite.models.lifecycle.crm_lifecycle_rule")
    def test_broken_rule_does_not_hold_up_others(self):
        broken = self._rule(sequence=1)
        self.env.cr.execute(
            "UPDATE crm_lifecycle_rule SET domain = %s WHERE id = %s",
            ["[('x_gone', '=', 1)]", broken.id],
        )
        self.env.invalidate_all()
        self._rule(sequence=2)
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, self.customer)
        self.assertEqual(broken.health, "broken")
        self.assertIn("x_gone", broken.run_error)

    def test_preview(self):
        rule = self._rule().with_user(self.mona)
        action = rule.action_preview()
        self.assertEqual(self.env["res.partner"].search(action["domain"]), self.najd)
        self._run()
        action = rule.action_preview()
        self.assertFalse(self.env["res.partner"].search(action["domain"]))

    def test_form(self):
        with Form(self.Rule.with_user(self.mona)) as form:
            form.name = "Big ones"
            form.stage_id = self.advocate
            form.domain = "[('ref', '=', 'big')]"
        self.assertEqual(form.record.health, "ok")

    def test_rules_and_stages_in_use_are_kept(self):
        rule = self._rule()
        with self.assertRaisesRegex(UserError, "Archive it"):
            self.customer.unlink()
        self._run()
        with self.assertRaisesRegex(UserError, "Archive it"):
            rule.unlink()
        self._rule(sequence=99).unlink()
        unused = self.env["crm.lifecycle.stage"].create({"name": "Unused"})
        unused.unlink()

    def test_another_run_has_the_customer(self):
        """A customer who has been moved meanwhile is not moved twice."""
        rule = self._rule()
        found = rule._find_candidates()
        self.assertEqual(found, self.najd.ids)
        self.assertEqual(rule._move(found), self.najd.ids)
        self.assertEqual(rule._move(found), [])
        self.assertEqual(len(self.najd.lifecycle_move_ids), 1)

    def test_stages_that_are_archived_still_count_as_from(self):
        """Else a rule for who left would move everybody, back from whatever he reached."""
        left, other = self._customer("Left", ref="lifecycle test"), self.najd
        left.write({"lifecycle_stage_id": self.lost.id, "lifecycle_hold_until": False})
        other.write({"lifecycle_stage_id": self.advocate.id, "lifecycle_hold_until": False})
        self._rule(from_stage_ids=self.lost.ids, may_move_back=True)
        self.lost.active = False
        self._run()
        self.assertEqual(other.lifecycle_stage_id, self.advocate)
        self.assertEqual(left.lifecycle_stage_id, self.customer)

    def test_a_stage_that_a_rule_starts_from_is_kept(self):
        """Without it the rule would start from everywhere."""
        unused = self.env["crm.lifecycle.stage"].create({"name": "Unused"})
        rule = self._rule(from_stage_ids=unused.ids)
        with self.assertRaisesRegex(UserError, "Archive it"):
            unused.unlink()
        rule.active = False
        with self.assertRaisesRegex(UserError, "Archive it"):
            unused.unlink()

    def test_monstrous_filters(self):
        condition = ("ref", "=", "x")
        nested = condition
        for _level in range(9):
            nested = ("child_ids", "any", [nested])
        for domain, reason in (
            ([condition] * 201, "more than 200 conditions"),
            ([nested], "more than 8 deep"),
            ([(".".join(["parent_id"] * 7), "=", 1)], "more than 6 times"),
            ([("ref", "in", ["x" * 1000] * 101)], "too long"),
            ([("order_day_count", "in", [float("inf")])], "cannot convert"),
        ):
            text = str(domain).replace("inf", "1e999")
            with self.subTest(reason=reason), self.assertRaisesRegex(ValidationError, reason):
                self._rule(domain=text)

    def test_a_slow_search_method_is_stopped(self):
        """What is asked while the filter is read has the limit of time, too."""
        path = "odoo.addons.crm_suite.models.lifecycle"
        with (
            patch("odoo.addons.crm_suite.models.mixins.crm_filter_mixin.PROBE_SECONDS", 0.05),
            patch(f"{path}.res_partner.ResPartner._search_order_day_count", self._ask_slowly),
            self.assertRaisesRegex(ValidationError, "too long"),
        ):
            self._rule(domain="[('order_day_count', '>', 1)]")

    @staticmethod
    def _ask_slowly(partners, operator, value):
        partners.env.cr.execute("SELECT pg_sleep(1)")
        return [("ref", "=", "x")]

    @mute_logger("odoo.addons.crm_suite.models.lifecycle.crm_lifecycle_rule")
    def test_a_problem_is_forgotten_when_it_is_gone(self):
        rule = self._rule()
        path = "odoo.addons.crm_suite.models.lifecycle.crm_lifecycle_rule"
        with patch(f"{path}.CrmLifecycleRule._find_candidates", side_effect=ValueError("busy")):
            self._run()
        self.assertEqual((rule.health, rule.run_error), ("broken", "busy"))
        self._run()
        self.assertEqual((rule.health, rule.run_error), ("ok", False))

    def test_what_happens_between_two_batches_counts(self):
        """A batch is committed; whoever was held or has ordered meanwhile is looked at again."""
        second, third, fourth = (self._customer(ref="lifecycle test") for _i in range(3))
        self._rule()
        cron = self.env.registry["ir.cron"]

        def commit(*args, **kwargs):
            if self.najd.lifecycle_stage_id == self.customer and not second.lifecycle_stage_id:
                second.lifecycle_stage_id = self.lead
                third.ref = "another"
            return float("inf")

        with (
            patch("odoo.addons.crm_suite.models.lifecycle.crm_lifecycle_rule.BATCH", 1),
            patch.object(cron, "_commit_progress", commit),
        ):
            self.Rule._cron_run()
        self.env.invalidate_all()
        self.assertEqual(second.lifecycle_stage_id, self.lead, "moved by hand meanwhile")
        self.assertFalse(third.lifecycle_stage_id, "the rule does not fit any more")
        self.assertEqual(fourth.lifecycle_stage_id, self.customer)

    def test_documents_that_show_it(self):
        Lead = self.env["crm.lead"]
        values = {"type": "lead", "partner_id": self.najd.id, "team_id": self.north.id}
        open_one, won = Lead.create([{**values, "name": "Open"}, {**values, "name": "Won"}])
        won.action_set_won()
        rule = self._rule(evidence="lead")
        self._run()
        self.assertEqual(self._last(self.najd)._get_document(), open_one, "not what is closed")
        domain = [("id", "=", open_one.id)]
        Checklist = self.env.registry["crm.qualification.checklist"]
        with patch.object(Checklist, "_get_complete_domain", lambda self: Domain(domain)):
            Lead.create({**values, "name": "Newer, not qualified"})
            rule.write({"evidence": "qualified", "stage_id": self.repeat.id})
            self._run()
        self.assertEqual(self._last(self.najd)._get_document(), open_one)
        buyer = self._customer("Buyer", referred_by_id=self.najd.id)
        self._order(buyer)
        self._customer("Newer, has not bought", referred_by_id=self.najd.id)
        rule.write({"evidence": "referral", "stage_id": self.advocate.id})
        self._run()
        self.assertEqual(self._last(self.najd)._get_document(), buyer)

    def test_reason_of_a_rule_that_went_to_another_company(self):
        rule = self._rule()
        self._run()
        rule.company_id = self.env["res.company"].create({"name": "Berlin"})
        self.env.invalidate_all()
        self.assertEqual(self._last(self.najd).with_user(self.omar).evidence, "Test")

    def test_stages_of_one_sequence(self):
        """The older one comes first, as in the list."""
        first, second = self.env["crm.lifecycle.stage"].create(
            [{"name": name, "sequence": 5} for name in ("First", "Second")]
        )
        self.najd.write({"lifecycle_stage_id": first.id, "lifecycle_hold_until": False})
        rule = self._rule(stage_id=second.id)
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, second)
        rule.stage_id = first
        self._run()
        self.assertEqual(self.najd.lifecycle_stage_id, second, "not back")

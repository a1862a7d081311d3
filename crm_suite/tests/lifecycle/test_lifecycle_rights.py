from odoo.exceptions import AccessError, UserError, ValidationError

from .common import LifecycleCase


class TestLifecycleRights(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order(cls.layla, user=cls.omar)
        cls.move = cls.haddad.lifecycle_move_ids

    def test_document_is_named_to_its_readers_only(self):
        self.assertEqual(self.move.with_user(self.omar).document_name, self.order.display_name)
        sami = self.move.with_user(self.sami)
        self.assertFalse(sami.document_name)
        self.assertEqual(sami.evidence, "First order")
        with self.assertRaises(UserError):
            sami.action_open_document()
        with self.assertRaises(AccessError):
            sami.read(["res_id"])
        with self.assertRaises(AccessError):
            sami.search([("res_id", "=", self.order.id)])
        action = self.move.with_user(self.omar).action_open_document()
        self.assertEqual(action["res_id"], self.order.id)
        self.order.with_context(disable_cancel_warning=True).action_cancel()
        self.order.unlink()
        self.move.invalidate_recordset()
        self.assertFalse(self.move.document_name)

    def test_nobody_writes_the_log(self):
        administrator = self.env.ref("base.user_admin")
        for user in (self.omar, self.nora, self.alia, self.mona, administrator):
            move = self.move.with_user(user)
            with self.assertRaises(AccessError):
                move.write({"reason": "because"})
            with self.assertRaises(AccessError):
                move.unlink()
            with self.assertRaises(AccessError):
                move.create({"partner_id": self.haddad.id, "kind": "hand"})
            with self.assertRaises(AccessError):
                self.haddad.with_user(user).write(
                    {"lifecycle_move_ids": [(0, 0, {"kind": "hand", "reason": "forged"})]}
                )

    def test_who_moves_and_who_configures(self):
        with self.assertRaises(AccessError):
            self.haddad.with_user(self.cora).lifecycle_stage_id = self.lead
        with self.assertRaises(AccessError):
            self.haddad.with_user(self.cora).read(["lifecycle_stage_id"])
        for user in (self.omar, self.nora, self.alia):
            with self.assertRaises(AccessError):
                self.lead.with_user(user).name = "Mine"
            with self.assertRaises(AccessError):
                self.Rule.search([], limit=1).with_user(user).name = "Mine"
        self.lead.with_user(self.mona).name = "Prospect"

    def test_who_may_not_write_the_contact(self):
        self.env["ir.rule"].create(
            {
                "name": "test",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": [("id", "!=", self.haddad.id)],
                "perm_read": False,
                "perm_create": False,
                "perm_unlink": False,
            }
        )
        wizard = (
            self.env["crm.lifecycle.change"]
            .with_user(self.omar)
            .create({"partner_ids": self.haddad.ids, "stage_id": self.lost.id})
        )
        with self.assertRaises(AccessError):
            wizard.action_confirm()
        self.assertEqual(len(self.haddad.lifecycle_move_ids), 1)

    def test_customers_of_other_companies(self):
        berlin = self.env["res.company"].create({"name": "Berlin"})
        hidden = self._customer(company_id=berlin.id)
        hidden.lifecycle_stage_id = self.lead
        Move = self.Move.with_user(self.omar)
        self.assertFalse(Move.search([("partner_id", "=", hidden.id)]))
        with self.assertRaises(AccessError):
            hidden.lifecycle_move_ids.with_user(self.omar).read(["evidence"])

    def test_days_of_orders_that_are_read(self):
        self.assertEqual(self.haddad.with_user(self.omar).order_day_count, 1)
        self.assertEqual(self.haddad.with_user(self.sami).order_day_count, 0)
        found = [("order_day_count", ">=", 1), ("id", "=", self.haddad.id)]
        Partner = self.env["res.partner"]
        self.assertTrue(Partner.with_user(self.omar).search(found))
        self.assertFalse(Partner.with_user(self.sami).search(found))
        none = [("order_day_count", "=", 0), ("id", "=", self.haddad.id)]
        self.assertFalse(Partner.with_user(self.omar).search(none))
        self.assertTrue(Partner.with_user(self.sami).search(none))

    def test_the_customer_confirms_on_the_portal(self):
        """Whoever confirms, the customer moves."""
        order = self._order(self.layla, confirm=False, user=self.sami)
        self.haddad.sudo().lifecycle_stage_id = self.lead
        order.with_user(self.sami).action_confirm()
        self.assertEqual(self.haddad.lifecycle_stage_id, self.customer)

    def test_rules_of_all_companies(self):
        """They look at documents of all companies: not by who works for one of them."""
        self.env["res.company"].create({"name": "Other"})
        values = {
            "name": "Large orders",
            "stage_id": self.repeat.id,
            "domain": "[('sale_order_ids.amount_total', '>', 1000)]",
        }
        rules = self.Rule.with_user(self.mona)
        with self.assertRaisesRegex(ValidationError, "all companies"), self.env.cr.savepoint():
            rules.create(values)
        rule = rules.create({**values, "company_id": self.env.company.id})
        with self.assertRaisesRegex(ValidationError, "all companies"):
            rule.company_id = False
        shared = self.Rule.create(values).with_user(self.mona)
        with self.assertRaisesRegex(ValidationError, "all companies"):
            shared.domain = "[('sale_order_ids.amount_total', '>', 2000)]"
        shared.active = False

    def test_a_contact_is_no_way_to_a_customer(self):
        """Whoever files a contact under a customer changes his stage and referrer, too."""
        self.env["ir.rule"].create(
            {
                "name": "test",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": [("id", "!=", self.haddad.id)],
                "perm_read": False,
                "perm_create": False,
                "perm_unlink": False,
            }
        )
        moves = len(self.haddad.lifecycle_move_ids)
        for values in (
            {"lifecycle_stage_id": self.advocate.id},
            {"referred_by_id": self.layla.copy().id},
        ):
            mine = self._customer(is_company=False).with_user(self.omar)
            mine.write(values)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                mine.parent_id = self.haddad
        self.assertEqual(self.haddad.lifecycle_stage_id, self.customer)
        self.assertEqual(len(self.haddad.lifecycle_move_ids), moves)
        self.assertFalse(self.haddad.referred_by_id)

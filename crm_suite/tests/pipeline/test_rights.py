from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestRights(CrmSuiteCase):
    """Own, team, all: each role sees its opportunities, their products, quotations and lines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leads = {
            "omar": cls._create_opportunity([(cls.desk, 1)], name="of omar"),
            "sami": cls._create_opportunity(
                [(cls.desk, 1)], name="of sami", user_id=cls.sami.id, team_id=cls.south.id
            ),
            "nobody": cls._create_opportunity(
                [(cls.desk, 1)], name="of nobody", user_id=False, team_id=cls.south.id
            ),
        }
        for lead in cls.leads.values():
            lead.action_new_quotation()
            lead.order_ids.user_id = lead.user_id

    def _visible(self, user, model, path):
        records = self.env[model].with_user(user).search([(path, "in", self._all_leads().ids)])
        return {
            name
            for name, lead in self.leads.items()
            if records.sudo().filtered_domain([(path, "=", lead.id)])
        }

    def _all_leads(self):
        return self.env["crm.lead"].union(*self.leads.values())

    def test_each_role_sees_its_documents(self):
        everything = {"omar", "sami", "nobody"}
        for user, expected in [
            (self.omar, {"omar", "nobody"}),
            (self.sami, {"sami", "nobody"}),
            (self.nora, {"omar", "nobody"}),
            (self.alia, everything),
            (self.mona, everything),
        ]:
            for model, path in [
                ("crm.lead", "id"),
                ("crm.opportunity.line", "lead_id"),
                ("sale.order", "opportunity_id"),
                ("sale.order.line", "order_id.opportunity_id"),
            ]:
                with self.subTest(user=user.name, model=model):
                    self.assertEqual(self._visible(user, model, path), expected)

    def test_products_go_on_opportunities_that_one_may_change_only(self):
        """Also when the values claim that the product is one's own."""
        foreign = self.leads["sami"]
        own_line = self.leads["omar"].line_ids.with_user(self.omar)
        claim = {"lead_id": foreign.id, "user_id": self.omar.id}
        with self.assertRaises(AccessError):
            own_line.write(claim)
        with self.assertRaises(AccessError):
            own_line.create({**claim, "product_id": self.desk.id, "team_id": self.north.id})
        own_line.write({"user_id": self.sami.id, "quantity": 2})
        self.assertEqual((own_line.user_id, own_line.quantity), (self.omar, 2))

    def test_a_team_leader_who_is_a_member_sees_that_team_too(self):
        self.south.member_ids = [Command.link(self.nora.id)]
        self.assertEqual(self._visible(self.nora, "crm.lead", "id"), {"omar", "sami", "nobody"})

    def test_reports_follow(self):
        self.env.flush_all()
        orders = self._all_leads().order_ids
        for user, expected in [(self.omar, {"omar", "nobody"}), (self.nora, {"omar", "nobody"})]:
            rows = (
                self.env["sale.report"]
                .with_user(user)
                .search([("order_reference", "in", [f"sale.order,{order.id}" for order in orders])])
            )
            self.assertEqual(
                {row.order_reference.opportunity_id for row in rows.sudo()},
                {self.leads[name] for name in expected},
            )

    def test_foreign_products_cannot_be_read_or_changed(self):
        line = self.leads["sami"].line_ids
        for user in (self.omar, self.nora):
            with self.assertRaises(AccessError):
                line.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                line.with_user(user).write({"quantity": 2})
            with self.assertRaises(AccessError):
                self.env["crm.opportunity.line"].with_user(user).create(
                    {"lead_id": self.leads["sami"].id, "product_id": self.desk.id}
                )
        self.leads["omar"].with_user(self.nora).line_ids.quantity = 2

    def test_outsiders_see_nothing(self):
        for user in (self.cora, self._create_user("porter", "base.group_portal")):
            with self.assertRaises(AccessError):
                self.env["crm.opportunity.line"].with_user(user).search([])

    def test_other_companies_are_closed(self):
        other = self.env["res.company"].create({"name": "Other"})
        lead = self._create_opportunity(
            [(self.desk, 1)], company_id=other.id, user_id=False, team_id=False, partner_id=False
        )
        self.assertEqual(lead.line_ids.company_id, other)
        self.assertFalse(
            self.env["crm.opportunity.line"]
            .with_user(self.alia)
            .search_count([("lead_id", "=", lead.id)])
        )

    def test_forms_tell_nothing_of_a_foreign_opportunity(self):
        """Before anything is saved, a form computes with higher rights what follows the link."""
        foreign, own = self.leads["sami"].id, self.leads["omar"].id
        spec = {"fields": {"display_name": {}}}
        shown = {
            "crm.opportunity.line": {"partner_id": spec, "stage_id": spec, "won_status": {}},
            "crm.qualification.answer": {"partner_id": spec, "won_status": {}},
            "crm.snooze": {"salesperson_id": spec, "team_id": spec},
            "crm.interaction": {"partner_id": spec},
        }
        for model, fields_spec in shown.items():
            Model = self.env[model].with_user(self.omar)
            fields_spec = {"lead_id": spec, **fields_spec}
            for link in (foreign, (foreign, ""), {"id": foreign}, {"id": foreign, "name": "x"}):
                with self.subTest(model=model, link=link), self.assertRaises(AccessError):
                    Model.onchange({"lead_id": link}, ["lead_id"], fields_spec)
            with self.subTest(model=model), self.assertRaises(AccessError):
                Model.with_context(default_lead_id=foreign).onchange({}, [], fields_spec)
            value = Model.onchange({"lead_id": {"id": own}}, ["lead_id"], fields_spec)["value"]
            self.assertTrue(value, model)
            Model.onchange({"lead_id": {"name": "not saved yet"}}, ["lead_id"], fields_spec)

    def test_orders_cannot_be_slipped_under_a_foreign_opportunity(self):
        foreign, own = self.leads["sami"], self.leads["omar"]
        order, theirs = own.order_ids.with_user(self.omar), foreign.order_ids
        values = {"partner_id": self.layla.id, "opportunity_id": foreign.id}
        with self.assertRaises(AccessError):
            order.write({"opportunity_id": foreign.id})
        with self.assertRaises(AccessError):
            order.create(values)
        with self.assertRaises(AccessError):
            order.with_context(default_opportunity_id=foreign.id).create(
                {"partner_id": self.layla.id}
            )
        with self.assertRaises(AccessError):
            order.order_line.write({"opportunity_line_id": foreign.line_ids.id})
        # whoever makes an offer for a colleague may make another one
        theirs.user_id = self.omar
        self.assertEqual(theirs.with_user(self.omar).copy().opportunity_id, foreign)

    def test_employees_without_sales_rights_read_what_core_shows_them(self):
        """Fields of ours that they may not read do not spoil a record that they may read whole."""
        event = self.env["calendar.event"].create(
            {"name": "Talk", "start": "2026-01-05 10:00:00", "stop": "2026-01-05 11:00:00"}
        )
        for record in (self.north, self.north.crm_team_member_ids, event):
            record = record.with_user(self.cora)
            ours = [
                name
                for name, field in record._fields.items()
                if (field._module or "").startswith("crm_suite")
                and record._has_field_access(field, "read")
            ]
            with self.subTest(model=record._name):
                self.assertTrue(record.read(["id", *ours]))

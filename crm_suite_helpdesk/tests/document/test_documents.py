from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..common import HelpdeskCommon


class DocumentCommon(HelpdeskCommon):
    """Orders, invoices and opportunities of the customer and of a stranger.

    seller       agent who sees all orders and opportunities
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "hd_seller",
            "crm_suite_helpdesk.group_agent,sales_team.group_sale_salesman_all_leads",
            name="Sami Seller",
        )
        cls.team.member_ids = [Command.link(cls.seller.id)]
        cls.stranger = cls.stranger_user.partner_id
        cls.product = cls.env["product.product"].create({"name": "Lamp", "type": "consu"})
        cls.order, cls.foreign_order = (
            cls.env["sale.order"].create(
                {
                    "partner_id": partner.id,
                    "order_line": [Command.create({"product_id": cls.product.id})],
                }
            )
            for partner in (cls.customer, cls.stranger)
        )
        cls.invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer_company.id,
                "invoice_line_ids": [
                    Command.create({"product_id": cls.product.id, "price_unit": 10})
                ],
            }
        )
        cls.lead = cls.env["crm.lead"].create(
            {"name": "New lamps", "type": "opportunity", "partner_id": cls.customer.id}
        )
        cls.documents = {
            "product_id": cls.product,
            "sale_order_id": cls.order,
            "invoice_id": cls.invoice,
            "lead_id": cls.lead,
        }

    @classmethod
    def link_all(cls):
        return cls.create_ticket(**{name: record.id for name, record in cls.documents.items()})


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCommon):
    """What a ticket is about, and who may know it."""

    def test_a_ticket_is_about_what_the_customer_has(self):
        ticket = self.env["crm.ticket"].with_user(self.seller)
        ticket = ticket.create(
            {
                "name": "x",
                "team_id": self.team.id,
                "partner_id": self.customer.id,
                **{name: record.id for name, record in self.documents.items()},
            }
        )
        self.assertEqual(ticket.sale_order_id.with_env(self.env), self.order)
        self.assertEqual(ticket.invoice_id.with_env(self.env), self.invoice)

    def test_not_about_what_others_have(self):
        ticket = self.create_ticket()
        with self.assertRaises(ValidationError):
            ticket.sale_order_id = self.foreign_order
        with self.assertRaises(ValidationError):
            self.create_ticket(sale_order_id=self.foreign_order.id)
        with self.assertRaises(ValidationError):
            self.create_ticket(sale_order_id=self.order.id, partner_id=False)

    def test_nor_about_what_another_company_sold(self):
        other = self.env["res.company"].create({"name": "Sister"})
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "company_id": other.id}
        )
        product = self.env["product.product"].create({"name": "Theirs", "company_id": other.id})
        for values in ({"sale_order_id": order.id}, {"product_id": product.id}):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.create_ticket(**values)

    def test_another_customer_leaves_the_documents_behind(self):
        ticket = self.link_all()
        # an agent who sees none of them is not stopped by them
        ticket.with_user(self.agent).partner_id = self.stranger
        for name in ("sale_order_id", "invoice_id", "lead_id"):
            self.assertFalse(ticket[name], name)
        self.assertEqual(ticket.product_id, self.product)

    def test_a_colleague_of_the_customer_keeps_them(self):
        ticket = self.link_all()
        ticket.partner_id = self.colleague_user.partner_id
        self.assertEqual(ticket.sale_order_id, self.order)

    def test_the_form_follows(self):
        with Form(self.env["crm.ticket"].with_user(self.seller)) as form:
            form.name = "About an order"
            form.sale_order_id = self.order
            self.assertEqual(form.partner_id, self.customer)
            form.partner_id = self.stranger
            self.assertFalse(form.sale_order_id)
            form.sale_order_id = self.foreign_order
        self.assertEqual(form.record.sale_order_id, self.foreign_order)

    # ------------------------------------------------------------------ from a document

    def test_tickets_are_opened_from_documents(self):
        for name, document in self.documents.items():
            if name == "product_id":
                continue
            with self.subTest(name=name):
                document = document.with_user(self.seller)
                action = document.action_open_tickets()
                self.assertEqual(action["views"], [(False, "form")], "nothing to list yet")
                form = Form(
                    self.env["crm.ticket"].with_user(self.seller).with_context(**action["context"])
                )
                form.name = "About it"
                ticket = form.save()
                self.assertEqual(ticket[name], document)
                self.assertEqual(ticket.partner_id, document.partner_id)
                document.invalidate_recordset()
                self.assertEqual(document.crm_ticket_count, 1)
                action = document.action_open_tickets()
                self.assertEqual(self.env["crm.ticket"].search(action["domain"]), ticket)

    def test_the_only_product_of_an_order_is_the_product_of_the_ticket(self):
        context = self.order.with_user(self.seller).action_open_tickets()["context"]
        self.assertEqual(context["default_product_id"], self.product.id)
        self.order.order_line = [
            Command.create({"product_id": self.env["product.product"].create({"name": "2"}).id})
        ]
        context = self.order.with_user(self.seller).action_open_tickets()["context"]
        self.assertNotIn("default_product_id", context)

    def test_tickets_are_opened_from_contacts(self):
        action = self.customer.with_user(self.agent).action_open_tickets()
        form = Form(self.env["crm.ticket"].with_user(self.agent).with_context(**action["context"]))
        form.name = "He calls"
        self.assertEqual(form.save().partner_id.with_env(self.env), self.customer)

    def test_counts_show_what_the_reader_sees(self):
        self.link_all()
        hidden = self.env["crm.ticket.team"].create({"name": "Hidden", "sequence": 99})
        self.create_ticket(sale_order_id=self.order.id, team_id=hidden.id)
        self.assertEqual(self.order.with_user(self.seller).crm_ticket_count, 1)
        self.assertEqual(self.order.crm_ticket_count, 2)

    # ------------------------------------------------------------------ rights

    def test_agents_without_sales_rights_work_on(self):
        ticket = self.link_all().with_user(self.agent)
        form = Form(ticket)
        form.priority = "2"
        form.save()
        ticket.web_search_read([("id", "=", ticket.id)], {"name": {}, "product_id": {}})
        self.env["crm.ticket"].with_user(self.agent).get_views(
            [(False, view) for view in ("form", "list", "kanban", "search", "calendar", "pivot")]
        )
        copy = ticket.copy()
        self.assertEqual(copy.product_id.with_env(self.env), self.product)

    def test_and_see_nothing_of_them(self):
        ticket = self.link_all().with_user(self.agent)
        for name in ("sale_order_id", "invoice_id", "lead_id"):
            with self.subTest(name=name):
                with self.assertRaises(AccessError):
                    ticket.read([name])
                with self.assertRaises(AccessError):
                    ticket.search([(name, "=", self.documents[name].id)])
                with self.assertRaises(AccessError):
                    ticket.write({name: self.documents[name].id})
                arch = ticket.get_view(view_type="form")["arch"]
                self.assertNotIn(f'name="{name}"', arch)
        self.assertTrue(ticket.has_lead, "that it was handed over is theirs to know")

    def test_a_default_is_no_back_door(self):
        Ticket = self.env["crm.ticket"].with_user(self.agent)
        with self.assertRaises(AccessError):
            Ticket.with_context(default_sale_order_id=self.order.id).create(
                {"name": "x", "partner_id": self.customer.id, "team_id": self.team.id}
            )

    def test_nobody_links_what_he_may_not_read(self):
        own_only = new_test_user(
            self.env,
            "hd_own_only",
            "crm_suite_helpdesk.group_agent,sales_team.group_sale_salesman",
        )
        self.team.member_ids = [Command.link(own_only.id)]
        self.lead.user_id = self.order.user_id = self.seller
        ticket = self.create_ticket().with_user(own_only)
        for values in ({"lead_id": self.lead.id}, {"sale_order_id": self.order.id}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                ticket.write(values)
            context = {f"default_{name}": value for name, value in values.items()}
            with self.assertRaises(AccessError):
                ticket.with_context(**context).create({"name": "x", "team_id": self.team.id})

    def test_customers_see_nothing_of_them(self):
        ticket = self.link_all().with_user(self.customer_user)
        for name in (*self.documents, "has_lead"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                ticket.read([name])
        for model in ("crm.ticket.to.lead", "crm.lead.to.ticket"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.customer_user).create({})

    def test_documents_can_go(self):
        ticket = self.link_all()
        self.order.unlink()
        self.invoice.unlink()
        self.lead.unlink()
        self.assertTrue(ticket.exists())
        self.assertFalse(ticket.sale_order_id or ticket.invoice_id or ticket.lead_id)

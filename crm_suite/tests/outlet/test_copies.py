from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import OutletCase


@tagged("post_install", "-at_install")
class TestCopies(OutletCase):
    def _make_pair(self, source="crm.lead", target="sale.order", **values):
        field, other = self._make_fields(
            [
                {"name": "Contract", "model": source, **values},
                {"name": "Contract", "model": target, **values},
            ]
        )
        field.copy_to_ids = other
        return field.technical_name, other.technical_name

    def test_every_kind_goes_from_lead_to_quotation_and_invoice(self):
        of_lead, of_order, of_invoice = (
            self._make_every_kind(model) for model in ("crm.lead", "sale.order", "account.move")
        )
        for kind, field in of_lead.items():
            field.copy_to_ids = of_order[kind]
            of_order[kind].copy_to_ids = of_invoice[kind]
        lead = self._create_opportunity([(self.desk, 1)])
        lead.write(self._get_every_value(of_lead))
        expected = self._read_values(lead, of_lead)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.haddad.id,
                "opportunity_id": lead.id,
                "order_line": [(0, 0, {"product_id": self.desk.id})],
            }
        )
        self.assertEqual(self._read_values(order, of_order), expected)
        order.action_confirm()
        invoice = order._create_invoices()
        self.assertEqual(self._read_values(invoice, of_invoice), expected)

    def test_the_form_of_a_quotation_shows_what_it_takes_over(self):
        name, target = self._make_pair()
        lead = self._create_opportunity()
        lead[name] = "C-7"
        lead = lead.with_user(self.omar)
        context = lead.action_new_quotation()["context"]
        self.assertEqual(context[f"default_{target}"], "C-7")
        form = Form(self.env["sale.order"].with_user(self.omar).with_context(**context))
        order = form.save()
        self.assertEqual(order[target], "C-7")

    def test_what_is_said_counts_more(self):
        name, target = self._make_pair()
        lead = self._create_opportunity()
        lead[name] = "C-7"
        values = {"partner_id": self.haddad.id, "opportunity_id": lead.id}
        Order = self.env["sale.order"]
        self.assertEqual(Order.create({**values, target: "C-8"})[target], "C-8")
        self.assertFalse(Order.create({**values, target: False})[target])
        with_default = Order.with_context(**{f"default_{target}": "C-9"})
        self.assertEqual(with_default.create(dict(values))[target], "C-9")

    def test_nobody_reads_a_lead_by_making_a_quotation_of_it(self):
        name, _target = self._make_pair()
        lead = self._create_opportunity()
        lead[name] = "Secret"
        values = {"partner_id": self.haddad.id, "opportunity_id": lead.id}
        Order = self.env["sale.order"].with_user(self.sami)
        with self.assertRaises(AccessError):
            Order.create(values)
        # also not where the quotation may be made
        self.assertEqual(Order._add_custom_copies([values], "opportunity_id"), [values])
        for junk in ("1", [1], {"id": 1}, -1, 2**40, True):
            vals_list = [{"opportunity_id": junk}]
            self.assertEqual(Order._add_custom_copies(vals_list, "opportunity_id"), vals_list)

    def test_a_contact_takes_over_from_its_lead_once(self):
        name, target = self._make_pair(target="res.partner")
        lead = self._create_opportunity(
            partner_id=False, partner_name="Salem Stores", contact_name="Nour Salem"
        )
        lead[name] = "C-7"
        lead._handle_partner_assignment(create_missing=True)
        contact = lead.partner_id
        self.assertFalse(contact[target])
        self.assertEqual(contact.parent_id[target], "C-7")

    def test_options_that_the_other_field_does_not_offer_stay_behind(self):
        field, other = self._make_fields(
            [
                {"name": "Shift", "model": "crm.lead", "options": ("Day", "Night")},
                {"name": "Shift", "model": "sale.order", "options": ("Day", "Evening")},
            ]
        )
        field.copy_to_ids = other
        day, night = field.option_ids.mapped("value")
        lead = self._create_opportunity()
        for value, expected in ((day, other.option_ids[0].value), (night, {})):
            lead[field.technical_name] = value
            copies = lead._get_custom_copies("sale.order")
            self.assertEqual(copies.get(other.technical_name, {}), expected)

    def test_only_what_fits_can_be_copied(self):
        lead, order, number, partner, tagged_ = self._make_fields(
            [
                {"name": "Contract of Lead", "model": "crm.lead"},
                {"name": "Contract of Order", "model": "sale.order"},
                {"name": "Number", "model": "sale.order", "kind": "integer"},
                {
                    "name": "Nation",
                    "model": "res.partner",
                    "kind": "many2one",
                    "comodel": "res.country",
                },
                {"name": "Nation", "model": "crm.lead", "kind": "many2one", "comodel": "crm.tag"},
            ]
        )
        for source, target, reason in (
            (lead, number, "different kinds"),
            (order, lead, "nothing of the one form becomes"),
            (lead, lead, "nothing of the one form becomes"),
            (tagged_, partner, "different records"),
        ):
            with self.assertRaisesRegex(ValidationError, reason), self.env.cr.savepoint():
                source.with_user(self.cora).copy_to_ids = target
        lead.with_user(self.cora).copy_to_ids = order
        # either of the two may be restricted later
        for field in (lead, order):
            with (
                self.assertRaisesRegex(ValidationError, "some user groups only"),
                self.env.cr.savepoint(),
            ):
                field.with_user(self.cora).group_ids = self.env.ref("base.group_system")

    def test_a_batch_of_quotations_asks_once(self):
        name, target = self._make_pair()
        leads = self.env["crm.lead"].union(*(self._create_opportunity() for _ in range(4)))
        for lead in leads:
            lead[name] = f"C-{lead.id}"
        Order = self.env["sale.order"]

        def hand_over(leads):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            # two quotations of each
            vals_list = [{"opportunity_id": lead_id} for lead_id in leads.ids * 2]
            completed = Order._add_custom_copies(vals_list, "opportunity_id")
            self.assertEqual(
                [vals[target] for vals in completed], [f"C-{i}" for i in leads.ids] * 2
            )
            return self.cr.sql_log_count - start

        hand_over(leads[:1])  # fills the caches
        self.assertEqual(hand_over(leads), hand_over(leads[:1]))

    def test_nothing_is_asked_of_the_database_without_copies(self):
        lead = self._create_opportunity()
        vals_list = [{"opportunity_id": lead.id}]
        Order = self.env["sale.order"]
        Order._add_custom_copies(vals_list, "opportunity_id")
        with self.assertQueryCount(0):
            self.assertIs(Order._add_custom_copies(vals_list, "opportunity_id"), vals_list)
            self.assertEqual(lead._get_custom_copies("sale.order"), {})

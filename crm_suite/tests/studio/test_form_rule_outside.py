"""What customers do by themselves is not lost because of rules for the office."""

import json
from unittest.mock import patch

from odoo import http
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .test_form_rule import FormRuleCase

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)


class OrderCase(FormRuleCase):
    def _create_order(self, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "order_line": [Command.create({"product_id": self.desk.id})],
                **values,
            }
        )

    def _require_reference(self, model, name, condition):
        return self._create_rule(model, [name], condition_domain=condition, message="Which one?")


@tagged("post_install", "-at_install")
class TestPayment(OrderCase):
    def _pay(self, state, **values):
        provider = self.env["payment.provider"].create(
            {"name": "Till", "code": "none", "state": "test"}
        )
        return self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env.ref("payment.payment_method_unknown").id,
                "reference": f"Rules {self._testMethodName}",
                "partner_id": self.layla.id,
                "currency_id": self.company.currency_id.id,
                "state": state,
                **values,
            }
        )

    def test_a_paid_quotation_is_confirmed(self):
        self._require_reference("sale.order", "client_order_ref", "[('state', '=', 'sale')]")
        order = self._create_order()
        with self.assertRefused("Which one"):
            order.action_confirm()
        payment = self._pay("done", amount=order.amount_total, sale_order_ids=order.ids)
        with patch.object(type(payment), "_create_payment"):  # it needs a bank
            payment._post_process()
        self.assertEqual(order.state, "sale")
        self.assertTrue(order.form_rule_flag)
        self.assertIn("Which one", order.form_rule_notice)
        order.client_order_ref = "PO 7"
        self.assertFalse(order.form_rule_flag)

    def test_a_paid_invoice_is_posted(self):
        self._require_reference("account.move", "ref", "[('state', '=', 'posted')]")
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.layla.id,
                "invoice_line_ids": [Command.create({"product_id": self.desk.id})],
            }
        )
        with self.assertRefused("Which one"):
            invoice.action_post()
        payment = self._pay(
            "done", amount=invoice.amount_total, invoice_ids=invoice.ids, operation="validation"
        )
        payment._post_process()
        self.assertEqual(invoice.state, "posted")
        self.assertTrue(invoice.form_rule_flag)


@tagged("post_install", "-at_install")
class TestPortal(OrderCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.user = new_test_user(
            self.env, "rules.portal", groups="base.group_portal", name="Portia"
        )
        self.partner = self.user.partner_id
        country = self.env.ref("base.jo")
        self.address = {
            "name": "Portia",
            "email": "portia@example.com",
            "phone": "+96265001234",
            "street": "1 Palm Street",
            "city": "Amman",
            "zip": "11118",
            "country_id": country.id,
        }

    def _submit(self, **values):
        self.authenticate(self.user.login, self.user.login)
        response = self.url_open(
            "/my/address/submit",
            data={
                **self.address,
                "partner_id": self.partner.id,
                "csrf_token": http.Request.csrf_token(self),
                **values,
            },
        )
        response.raise_for_status()
        self.partner.invalidate_recordset()
        return json.loads(response.text)

    def test_what_the_page_asks_for_is_required(self):
        self._require_reference("res.partner", "vat", "[('city', '=', 'Petra')]")
        answer = self._submit(city="Petra", vat="")
        self.assertEqual(answer["messages"], ["Which one?"])
        self.assertEqual(answer["invalid_fields"], ["vat"])
        self.assertFalse(self.partner.city)
        self.assertIn("redirectUrl", self._submit())
        self.assertEqual(self.partner.city, "Amman")

    def test_what_the_page_does_not_ask_for_is_flagged(self):
        self._require_reference("res.partner", "function", "[('city', '=', 'Amman')]")
        self.assertIn("redirectUrl", self._submit())
        self.assertEqual(self.partner.city, "Amman")
        self.assertTrue(self.partner.form_rule_flag)
        answer = self._submit(partner_id="", address_type="delivery", name="Store")
        self.assertIn("redirectUrl", answer)
        self.assertTrue(self.partner.child_ids.form_rule_flag)

    def test_a_refusal_is_read_on_the_page(self):
        self.env["res.lang"]._activate_lang("ar_001")
        rule = self._create_rule(
            "res.partner",
            [],
            kind="block",
            condition_domain="[('city', '=', 'Petra')]",
            message="We do not deliver there.",
        )
        rule.with_context(lang="ar_001").message = "لا نوصل إلى هناك."
        self.assertEqual(self._submit(city="Petra")["messages"], ["We do not deliver there."])
        self.assertFalse(self.partner.city)
        self.user.lang = "ar_001"
        self.assertEqual(self._submit(city="Petra")["messages"], ["لا نوصل إلى هناك."])

    def test_what_is_locked_stays(self):
        self._create_rule(
            "res.partner", ["phone"], kind="readonly", condition_domain="[]", message="Call us."
        )
        self.assertEqual(self._submit()["messages"], ["Call us."])
        self.assertFalse(self.partner.phone)

    def test_who_signs_up_gets_in(self):
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        self._require_reference("res.partner", "phone", "[]")
        public = self.env.ref("base.public_user")
        Users = self.env["res.users"].with_user(public)
        values = {"login": "new@example.com", "name": "New", "password": "quite-a-secret"}
        Users.sudo().signup(dict(values))
        partner = self.env["res.users"].search([("login", "=", "new@example.com")]).partner_id
        self.assertEqual(partner.name, "New")
        self.assertTrue(partner.form_rule_flag)
        with self.assertRaises(ValidationError):
            partner.phone = " "
        invited = partner.copy({"name": "Invited", "phone": "1", "email": "invited@example.com"})
        self._create_rule(
            "res.partner", [], kind="block", block_moment="locked", condition_domain="[]"
        )
        invited.signup_prepare()
        token = invited._generate_signup_token()
        Users.sudo().signup({**values, "login": "invited@example.com"}, token)
        self.assertTrue(invited.user_ids)

    def test_whose_contact_is_locked_still_works(self):
        """Logging in writes a time zone, closing a reminder a moment, the first invoice a rank."""
        self._create_rule(
            "res.partner", [], kind="block", block_moment="locked", condition_domain="[]"
        )
        with self.assertRaises(ValidationError):
            self.partner.phone = "1"
        self.user.with_user(self.user).sudo().tz = "Asia/Amman"
        self.env["res.partner"].with_user(self.user).sudo()._set_calendar_last_notif_ack()
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_line_ids": [Command.create({"product_id": self.desk.id})],
            }
        )
        invoice.action_post()
        self.assertEqual(self.partner.customer_rank, 1)

    def test_what_is_signed_is_signed(self):
        self._require_reference("sale.order", "client_order_ref", "[('state', '=', 'sale')]")
        self._create_rule(
            "sale.order", [], kind="block", block_moment="locked", condition_domain="[]"
        )
        order = self._create_order(require_signature=True, require_payment=False)
        order.write({"state": "sent"})
        answer = self._answer(order, "accept", name="Layla", signature=PIXEL)
        self.assertIn("redirect_url", answer)
        self.assertEqual((order.state, order.signed_by), ("sale", "Layla"))
        self.assertTrue(order.form_rule_flag)

    def _answer(self, order, what, **params):
        token = order._portal_ensure_token()
        self.env.flush_all()
        answer = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/{what}", {"access_token": token, **params}
        )
        order.invalidate_recordset()
        return answer

    def test_who_declines_has_declined(self):
        self._create_rule(
            "sale.order", [], kind="block", condition_domain="[('state', '=', 'cancel')]"
        )
        order = self._create_order(require_signature=True)
        order.write({"state": "sent"})
        token = order._portal_ensure_token()
        self.authenticate(None, None)
        self.url_open(
            f"/my/orders/{order.id}/decline?access_token={token}",
            data={"decline_message": "Too dear", "csrf_token": http.Request.csrf_token(self)},
        ).raise_for_status()
        order.invalidate_recordset()
        self.assertEqual(order.state, "cancel")
        self.assertTrue(order.form_rule_flag)


@tagged("post_install", "-at_install")
class TestContactsOnTheSide(OrderCase):
    """Odoo makes contacts where nobody is asked for more than a name and an address."""

    def setUp(self):
        super().setUp()
        self._require_reference("res.partner", "ref", "[]")

    def test_users_and_companies_can_be_made(self):
        user = self.env["res.users"].create({"name": "Noor", "login": "noor@example.com"})
        company = self.env["res.company"].create({"name": "Second House"})
        for partner in (user.partner_id, company.partner_id):
            self.assertTrue(partner.form_rule_flag)
            self.assertIn("Which one", partner.form_rule_notice)
            with self.assertRefused("Which one"):
                partner.ref = " "
        user.partner_id.ref = "N-1"
        self.assertFalse(user.partner_id.form_rule_flag)

    def test_a_message_reaches_who_is_no_contact_yet(self):
        lead = self._create_opportunity(partner_id=False, email_from="Rami <rami@example.org>")
        lead = lead.with_user(self.nora)
        partner = lead._partner_find_from_emails_single([lead.email_from], no_create=False)
        self.assertEqual(partner.email_normalized, "rami@example.org")
        self.assertTrue(partner.form_rule_flag)
        with self.assertRefused("Which one"):
            partner.ref = False
        with self.assertRefused("Which one"):
            self.env["res.partner"].with_user(self.nora).create({"name": "By Hand"})

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import mail_new_test_user

from ..outbox.common import OutboxCommon


@tagged("post_install", "-at_install")
class TestCalls(OutboxCommon):
    def _launch_calls(self, **values):
        values = {"body_plaintext": "Hello [[name]],\nmay I <b>ask</b>?"} | values
        mailing = self._create_mailing(mailing_type="activity", **values)
        self._launch(mailing)
        return mailing

    def _work(self):
        self.env["crm.outbox"]._cron_send_channel("activity")
        self.env.invalidate_all()

    def _calls(self, mailing):
        rows = self._rows(mailing)
        return self.env["mail.activity"].search([("crm_outbox_id", "in", rows.ids)])

    def test_a_call_for_each_salesperson(self):
        self.amal.user_id = self.salesperson
        self.say("+32456000006", "withdrawn", self.offers, "sms")
        self.say("+32456000001", "granted", self.offers, "sms")
        mailing = self._launch_calls(purpose_id=self.offers.id)
        self.assertEqual(
            self._results(mailing),
            {
                "Amal": "planned",
                "Basil": "no_consent",
                "Basil's assistant": "no_consent",
                "Celine": "blacklist",
                "Dalia": "missing",
                "Emre": "withdrawn",
            },
        )
        self._work()
        call = self._calls(mailing)
        self.assertEqual((call.res_model, call.res_id), ("res.partner", self.amal.id))
        self.assertEqual(call.user_id, self.salesperson)
        self.assertEqual(call.activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        self.assertIn(
            "Hello Amal,<br>may I &lt;b&gt;ask&lt;/b&gt;?", call.note.replace("<br/>", "<br>")
        )
        self.assertIn("+32456000001", call.note)
        row = self._rows(mailing, "sent")
        self.assertEqual((row.channel, row.identity), ("activity", "+32456000001"))
        self.assertEqual((row.trace_id.trace_type, row.trace_id.trace_status), ("activity", "sent"))
        self.assertEqual(mailing.state, "done")
        self._assert_reconciles(mailing)
        call.with_user(self.salesperson).action_feedback(feedback="He comes")
        event = self.env["crm.engagement"].search([("outbox_id", "=", row.id)])
        self.assertEqual(event.mapped("kind"), ["delivered"])
        page = self.env["crm.campaign.page"].get_page(mailing_id=mailing.id)
        self.assertEqual(page["figures"]["confirmed"], 1)

    def test_a_call_that_was_made_earns_its_credit(self):
        self.amal.user_id = self.emre.user_id = self.salesperson
        mailing = self._launch_calls()
        self._work()
        call = self._calls(mailing).filtered(lambda one: one.res_id == self.amal.id)
        call.with_user(self.salesperson).action_feedback(feedback="She orders")
        product = self.env["product.product"].create({"name": "Test Desk"})
        # the call of Emre is still to be made
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "order_line": [Command.create({"product_id": product.id, "price_unit": 90})],
                }
                for partner in self.amal + self.emre
            ]
        )
        orders.action_confirm()
        Attribution = self.env["crm.attribution"]
        Attribution._refresh([f"p{partner.id}" for partner in self.amal + self.emre])
        credited, other = (Attribution.search([("order_id", "=", order.id)]) for order in orders)
        self.assertEqual((credited.kind, credited.mailing_id), ("call", mailing))
        self.assertEqual(credited.medium_id, self.env.ref("utm.utm_medium_phone"))
        self.assertEqual(credited.amount_last, orders[0].amount_untaxed)
        self.assertEqual(other.kind, "none")
        self.env["res.config.settings"].create({"crm_attribution_calls": False}).execute()
        Attribution._rebuild()
        self.assertEqual(Attribution.search([("order_id", "=", orders[0].id)]).kind, "none")

    def test_nobody_is_called_twice(self):
        mailing = self._launch_calls()
        self._work()
        calls = self._calls(mailing)
        self.assertEqual(calls.mapped("user_id"), self.marketer, "no salesperson: the responsible")
        self.assertEqual(len(calls), 3)
        # the worker had made them, and died before it noted it
        self._set_state(self._rows(mailing, "sent"), "planned", sent_at=None)
        mailing._start_sending()
        self._work()
        self.assertEqual(self._calls(mailing), calls)
        self.assertEqual(len(self._rows(mailing, "sent")), 3)

    def test_paused_and_cancelled(self):
        mailing = self._launch_calls()
        mailing.action_pause()
        self._work()
        self.assertFalse(self._calls(mailing))
        mailing.action_cancel_rest()
        self._work()
        self.assertFalse(self._calls(mailing))
        self.assertEqual(set(self._rows(mailing).mapped("state")), {"suppressed"})
        self._assert_reconciles(mailing)

    def test_recipients_without_activities_or_words(self):
        contacts = self.env["mailing.contact"].create(
            {"name": "Hana", "email": "hana@call.example.com"}
        )
        for mailing in (
            self._create_mailing_to(contacts, mailing_type="activity", body_plaintext="Hello"),
            self._create_mailing(mailing_type="activity"),
        ):
            with self.assertRaises(UserError):
                mailing.action_launch()

    def test_nobody_makes_up_that_a_call_was_made(self):
        user = mail_new_test_user(
            self.env,
            login="mailing_user",
            groups="base.group_user,mass_mailing.group_mass_mailing_user,"
            "base.group_partner_manager",
        )
        mailing = self._launch_calls()
        row = self._rows(mailing)[0]
        Activity = self.env["mail.activity"].with_user(user)
        values = {
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": user.partner_id.id,
            "user_id": user.id,
        }
        with self.assertRaises(AccessError):
            Activity.create(values | {"crm_outbox_id": row.id})
        with self.assertRaises(AccessError):
            Activity.with_context(default_crm_outbox_id=row.id).create(values)
        own = Activity.create(values)
        with self.assertRaises(AccessError):
            own.crm_outbox_id = row
        # of another record, or of another channel
        of_mail = self._create_mailing()
        self._launch(of_mail)
        own.sudo().crm_outbox_id = self._rows(of_mail, "planned")[0]
        other = Activity.create(values)
        other.sudo().crm_outbox_id = row
        (own + other).action_feedback()
        self.assertFalse(self.env["crm.engagement"].search([("mailing_id", "=", mailing.id)]))
        self.assertFalse(self.env["crm.engagement"].search([("mailing_id", "=", of_mail.id)]))

    def test_an_erased_person_is_not_called(self):
        mailing = self._launch_calls()
        self._work()
        made, waiting = self._calls(mailing).filtered(
            lambda call: call.res_id in (self.amal + self.emre).ids
        )
        made.action_feedback(feedback="He comes")
        self.assertIn(
            "+3245600000", self.env[made.res_model].browse(made.res_id).message_ids[0].body
        )
        for partner in self.amal + self.emre:
            self.env["crm.consent.erasure"].with_user(self.manager).create(
                {"address": partner.phone, "channel": "sms", "reason": "request 9"}
            ).action_erase()
        self.assertFalse(waiting.exists())
        self.assertFalse(made.note)
        for partner in self.amal + self.emre:
            for model, name in (("mail.activity", "note"), ("mail.message", "body")):
                found = self.env[model].with_context(active_test=False)
                about = [("res_id", "=", partner.id), (name, "like", partner.phone)]
                self.assertFalse(found.search(about))
        chatter = self.env[made.res_model].browse(made.res_id).message_ids
        self.assertIn("He comes", chatter[0].body)

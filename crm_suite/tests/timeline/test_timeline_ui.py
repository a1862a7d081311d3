from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TimelineUiCase(HttpCase):
    """A customer with two pages of history, and a salesperson who reads it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.omar = new_test_user(
            cls.env,
            "crm_suite_omar",
            groups="sales_team.group_sale_salesman,account.group_account_invoice",
            tz="Asia/Riyadh",
        )
        cls.haddad = cls.env["res.partner"].create({"name": "Haddad Trading", "is_company": True})

    def _fill(self):
        now = fields.Datetime.now()
        self.env["crm.interaction"].create(
            [
                {
                    "name": {3: "مكالمة مع أحمد", 50: "Mark"}.get(number, f"Call {number}"),
                    "note": "<p>They need forty desks before the end of the month.</p>",
                    "partner_id": self.haddad.id,
                    "user_id": self.omar.id,
                    "date": now - timedelta(hours=6 * number + 1),
                }
                for number in range(60)
            ]
        )
        product = self.env["product.product"].create({"name": "Desk", "list_price": 1250})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.haddad.id,
                "user_id": self.omar.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        order.action_confirm()
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.haddad.id,
                "invoice_user_id": self.omar.id,
                "invoice_line_ids": [Command.create({"product_id": product.id})],
            }
        )
        move.action_post()

    def _work(self, lang):
        self.omar.lang = lang
        self._fill()
        self.start_tour(
            f"/odoo/contacts/{self.haddad.id}",
            "crm_suite_timeline_work",
            login=self.omar.login,
            timeout=120,
        )
        visit = self.haddad.interaction_ids.filtered(lambda talk: talk.channel == "visit")
        self.assertEqual(visit.name, "Saw the new branch")
        history = self.env["crm.timeline.print"].search([("create_uid", "=", self.omar.id)])
        self.assertEqual(history.res_id, self.haddad.id)
        self.assertIn("interaction", history.sources.split(","))


@tagged("post_install", "-at_install")
class TestTimelineUi(TimelineUiCase):
    def test_component(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&tag=crm_suite",
            "",
            "",
            login="admin",
            timeout=120,
            success_signal="[HOOT] Test suite succeeded",
        )

    def test_log_and_see(self):
        self.start_tour(
            f"/odoo/contacts/{self.haddad.id}",
            "crm_suite_timeline",
            login=self.omar.login,
            timeout=90,
        )
        interaction = self.haddad.interaction_ids
        self.assertEqual(interaction.name, "Asked about delivery")
        self.assertEqual(interaction.user_id, self.omar)
        self.assertEqual(self.haddad.activity_ids.summary, "Send the price list")

    def test_work_in_english(self):
        self._work("en_US")

    def test_work_in_arabic(self):
        self._work("ar_001")


@tagged("post_install", "-at_install")
class TestTimelineUiPhone(TimelineUiCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_work_in_english(self):
        self._work("en_US")

    def test_work_in_arabic(self):
        self._work("ar_001")

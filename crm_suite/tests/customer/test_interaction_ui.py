from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestInteractionUi(HttpCase):
    """Logging from the bar, from a contact and from the call list, in English and in Arabic."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.users = {
            lang: new_test_user(
                cls.env,
                f"crm_suite_ui_{lang}",
                groups="sales_team.group_sale_salesman,base.group_partner_manager",
                lang=lang,
                tz="UTC",
            )
            for lang in ("en_US", "ar_001")
        }

    def _prepare(self, user):
        partner = self.env["res.partner"].create(
            {
                "name": f"Haddad Trading Systray {user.lang}",
                "is_company": True,
                "phone": "+49 30 5550100",
            }
        )
        activities = [
            partner.activity_schedule(
                "mail.mail_activity_data_call",
                fields.Date.context_today(user),
                summary=summary,
                user_id=user.id,
            )
            for summary in ("Ask about the budget", "Send regards")
        ]
        return partner, *activities

    def _log_from_the_bar(self, lang):
        user = self.users[lang]
        partner, budget, regards = self._prepare(user)
        self.start_tour(
            "/odoo/interactions", "crm_suite_log_from_systray", login=user.login, timeout=90
        )
        call, visit = partner.interaction_ids.sorted("channel")
        self.assertEqual((visit.channel, visit.name), ("visit", "Showed the samples"))
        self.assertEqual(visit.duration, 0.75)
        self.assertTrue(visit.outcome_id)
        self.assertEqual((call.activity_id, call.name), (budget, "Ask about the budget"))
        self.assertEqual(call.next_step, "Call again")
        self.assertFalse(budget.active)
        self.assertTrue(regards.active)

    def test_from_the_bar_in_english(self):
        self._log_from_the_bar("en_US")

    def test_from_the_bar_in_arabic(self):
        self._log_from_the_bar("ar_001")

    def _log_on_a_contact(self, lang):
        user = self.users[lang]
        partner, budget, regards = self._prepare(user)
        regards.unlink()
        self.start_tour(
            f"/odoo/contacts/{partner.id}", "crm_suite_log_on_contact", login=user.login, timeout=90
        )
        call, letter = partner.interaction_ids.sorted(lambda record: record.channel != "phone")
        self.assertEqual((letter.channel, letter.direction), ("letter", "in"))
        self.assertEqual((call.activity_id, call.duration), (budget, 0.25))

    def test_on_a_contact_in_english(self):
        self._log_on_a_contact("en_US")

    def test_on_a_contact_in_arabic(self):
        self._log_on_a_contact("ar_001")

    def _work_the_call_list(self, lang):
        user = self.users[lang]
        partner, budget, regards = self._prepare(user)
        self.start_tour("/odoo/calls", "crm_suite_call_list", login=user.login, timeout=90)
        self.assertEqual(partner.interaction_ids.activity_id, budget)
        self.assertTrue(regards.active)
        self.assertGreater(regards.date_deadline, fields.Date.today())

    def test_call_list_in_english(self):
        self._work_the_call_list("en_US")

    def test_call_list_in_arabic(self):
        self._work_the_call_list("ar_001")

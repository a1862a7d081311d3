from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalTour(PortalCommon):
    """A day of a customer on his telephone, in English and in Arabic."""

    browser_size = "390x844"

    def test_a_customers_day(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.team.write({"portal_category": "optional", "portal_priority": "2"})
        colleague = self.colleague_user.partner_id
        self.travel_to_the_present()
        for lang, path in (("en_US", "/my/tickets"), ("ar_001", "/ar/my/tickets")):
            with self.subTest(lang=lang):
                self.customer_user.lang = lang
                self.start_tour(
                    path, "crm_suite_helpdesk_portal_day", login="hd_customer", timeout=120
                )
                self.env.invalidate_all()
                ticket = self.newest()
                self.assertEqual(ticket.name, "Portal day")
                self.assertEqual(ticket.priority, "2")
                self.assertTrue(ticket.category_id)
                self.assertIn(colleague, ticket.message_partner_ids)
                self.assertEqual(len(ticket.closing_ids), 1)
                self.assertTrue(ticket.closing_ids.reopened_at)
                self.assertEqual(ticket.stage_type, "open")
                said = str(ticket.message_ids.mapped("body"))
                for text in ("More details", "Thank you", "It broke again"):
                    self.assertIn(text, said)
                ticket.name = "Done"

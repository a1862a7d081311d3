from odoo.tests import HttpCase, tagged

from .test_documents import DocumentCommon


@tagged("post_install", "-at_install")
class TestTicketWorkTour(DocumentCommon, HttpCase):
    """The day of an agent who also sells: sort, put aside, hand over; in both languages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The browser and the mornings of the dialog are of today
        cls.env.cr._now = None
        goods = cls.env["crm.ticket.category"].create({"name": "Tour goods"})
        cls.damage = cls.env["crm.ticket.category"].create(
            {"name": "Tour damage", "parent_id": goods.id}
        )
        cls.customer_company.customer_tier_id = cls.env["crm.customer.tier"].create(
            {"name": "Tour tier", "is_vip": True}
        )
        cls.create_ticket(name="Another one")
        cls.ticket = cls.create_ticket(name="Tour lamp")

    def setUp(self):
        super().setUp()
        self.env.cr._now = None

    def start(self):
        self.start_tour(
            "/odoo/tickets", "crm_suite_helpdesk_ticket_work", login="hd_seller", timeout=120
        )
        self.assertEqual(self.ticket.user_id, self.seller)
        self.assertEqual(self.ticket.category_id, self.damage)
        self.assertFalse(self.ticket.snoozed_until)
        self.assertEqual(self.ticket.lead_id.name, "Tour opportunity")
        self.assertEqual(self.ticket.lead_id.partner_id, self.customer)

    def test_in_english(self):
        self.start()

    def test_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.seller.lang = "ar_001"
        self.start()

from odoo.tests import new_test_user, tagged

from ..voice.common import VoiceCommon


@tagged("post_install", "-at_install")
class TestCustomerPage(VoiceCommon):
    """The tickets of a customer on his page; nobody counts tickets that he may not read."""

    def _get_block(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        page = self.env["crm.customer.page"].with_user(user).get_page(self.customer.id)
        return page["blocks"]["tickets"]

    def _get_tiles(self, user):
        return {tile["key"]: tile for tile in self._get_block(user)["tiles"]}

    def test_open_tickets_and_complaints(self):
        self.create_ticket()
        self.create_ticket(kind="complaint")
        self.create_ticket(partner_id=self.colleague_user.partner_id.id)
        self.create_ticket(partner_id=self.stranger_user.partner_id.id)
        self.closed_ticket()
        tiles = self._get_tiles(self.agent)
        self.assertEqual(tiles["tickets"]["count"], 3)
        self.assertEqual((tiles["complaints"]["count"], tiles["complaints"]["tone"]), (1, "danger"))
        for tile in (tiles["tickets"], tiles["complaints"]):
            found = self.env["crm.ticket"].with_user(self.agent).search(tile["domain"])
            self.assertEqual(len(found), tile["count"])

    def test_satisfaction(self):
        self.assertEqual(self._get_tiles(self.agent)["satisfaction"]["count"], 0)
        for face in ("happy", "happy", "unhappy"):
            self.asked().write({"satisfaction": face, "answered_at": self.env.cr.now()})
        tile = self._get_tiles(self.agent)["satisfaction"]
        self.assertEqual((tile["count"], tile["note"]), ("67 %", "of 3 answers"))

    def test_tickets_of_other_teams(self):
        self.create_ticket()
        readable = (
            self.env["crm.ticket"]
            .with_user(self.outsider)
            .search_count([("partner_id", "=", self.customer.id)])
        )
        self.assertEqual(self._get_tiles(self.outsider)["tickets"]["count"], readable)

    def test_who_reads_no_tickets(self):
        clerk = new_test_user(self.env, "hd_page_clerk", "base.group_user")
        self.create_ticket()
        self.assertIsNone(self._get_block(clerk))

    def test_agents_have_the_page(self):
        arch = self.env["res.partner"].with_user(self.agent).get_view(view_type="form")["arch"]
        self.assertIn('name="crm_customer_page"', arch)
        page = self.env["crm.customer.page"].with_user(self.agent).get_page(self.customer.id)
        self.assertIsNone(page["blocks"]["figures"])
        self.assertIsNone(page["blocks"]["documents"])

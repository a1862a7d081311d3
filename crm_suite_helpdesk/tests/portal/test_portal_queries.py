from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalQueries(PortalCommon):
    """What a page costs does not grow with the tickets of an organisation."""

    def count(self, url):
        self.page(url)  # warms the caches up
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.page(url)
        return self.cr.sql_log_count - before

    def fill(self, number):
        people = self.customer | self.colleague_user.partner_id | self.customer_company
        for index in range(number):
            ticket = self.create_ticket(
                name=f"Ticket {index}",
                partner_id=people[index % 3].id,
                priority=str(index % 4),
                user_id=(self.agent | self.manager)[index % 2].id,
            )
            if index % 5 == 0:
                self.move(ticket, "waiting_customer")
            self.customer_writes(ticket, user=self.env.user)
        self.env.flush_all()

    def test_pages_of_an_organisation(self):
        self.colleague_user.partner_id.ticket_access = "manager"
        self.fill(6)
        ticket = self.create_ticket(name="The one")
        self.reply(ticket)
        self.login(self.colleague_user)
        urls = (
            "/my/tickets?filterby=all",
            "/my/tickets?filterby=all&groupby=customer&search=ticket",
            f"/my/tickets/{ticket.id}",
        )
        before = {url: self.count(url) for url in urls}
        self.fill(60)
        for _number in range(20):
            self.reply(ticket)
        for url in urls:
            self.assertLessEqual(self.count(url), before[url], url)

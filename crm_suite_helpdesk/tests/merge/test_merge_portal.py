from odoo.tests import HttpCase, tagged

from .common import MergeCommon


@tagged("post_install", "-at_install")
class TestMergePortal(MergeCommon, HttpCase):
    """What customers find behind the links to a merged ticket."""

    def get(self, url):
        self.env.flush_all()
        return self.url_open(url, allow_redirects=True)

    def url(self, ticket, **params):
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return f"/my/tickets/{ticket.id}?{query}"

    def test_who_may_read_the_survivor_is_led_there(self):
        self.source.description = "<p>My second request</p>"
        self.absorb(self.survivor, self.source)
        self.authenticate("hd_colleague", "hd_colleague")
        page = self.get(self.url(self.source))
        self.assertTrue(page.url.endswith(f"/my/tickets/{self.survivor.id}"))
        self.assertIn("My second request", page.text)
        self.assertIn(self.source.number, page.text)

    def test_who_may_not_stays_and_learns_nothing(self):
        self.absorb(self.survivor, self.foreign)
        self.authenticate("hd_stranger", "hd_stranger")
        page = self.get(self.url(self.foreign))
        self.assertIn(f"/my/tickets/{self.foreign.id}", page.url)
        self.assertIn("o_helpdesk_merged", page.text)
        self.assertNotIn(self.survivor.number, page.text)
        self.assertNotIn(self.survivor.name, page.text)

    def test_a_follower_who_did_not_come_along_stays_as_well(self):
        self.source.message_subscribe(self.stranger.ids)
        self.absorb(self.survivor, self.source)
        self.assertNotIn(self.stranger, self.survivor.message_partner_ids)
        self.authenticate("hd_stranger", "hd_stranger")
        page = self.get(self.url(self.source))
        self.assertIn(f"/my/tickets/{self.source.id}", page.url)
        self.assertNotIn(self.survivor.number, page.text)

    def test_links_that_name_nobody_are_cut(self):
        token, of_survivor = (
            ticket._portal_ensure_token() for ticket in (self.source, self.survivor)
        )
        self.absorb(self.survivor, self.source)
        for ticket, old in (
            (self.source, token),
            (self.survivor, of_survivor),
            (self.survivor, token),
        ):
            page = self.get(self.url(ticket, access_token=old))
            self.assertNotIn(ticket.number, page.text)
        page = self.get(self.url(self.source, access_token=self.source.access_token))
        self.assertIn(f"/my/tickets/{self.source.id}", page.url)
        self.assertNotIn(self.survivor.number, page.text)

    def test_a_link_that_names_the_customer_leads_on(self):
        mine = self.create_ticket(name="Mine")
        token = mine._portal_ensure_token()
        signed, other = (mine._sign_token(p.id) for p in (self.customer, self.colleague))
        self.absorb(self.survivor, mine)
        page = self.get(self.url(mine, access_token=token, pid=self.customer.id, hash=signed))
        self.assertIn(f"/my/tickets/{self.survivor.id}", page.url)
        self.assertIn(self.survivor.number, page.text)
        for pid, secret in (
            (self.customer.id, other),
            (self.colleague.id, other),
            ("x", signed),
            (self.customer.id, "%C3%A9"),
            (self.customer.id, ""),
        ):
            page = self.get(self.url(mine, access_token=token, pid=pid, hash=secret))
            self.assertEqual(page.status_code, 200)
            self.assertNotIn(self.survivor.number, page.text)

    def test_what_is_written_there_reaches_the_survivor(self):
        self.absorb(self.survivor, self.source)
        self.authenticate("hd_colleague", "hd_colleague")
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "crm.ticket",
                "thread_id": self.source.id,
                "post_data": {"body": "From the old page", "message_type": "comment"},
            },
        )
        message = self.spoken(self.survivor)[0]
        self.assertIn("From the old page", message.body)
        self.assertEqual(message.author_id, self.colleague)

    def test_apart_it_stays_with_its_customer(self):
        self.absorb(self.survivor, self.foreign)
        self.authenticate("hd_stranger", "hd_stranger")
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "crm.ticket",
                "thread_id": self.foreign.id,
                "post_data": {
                    "body": "From the old page",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )
        self.assertIn("From the old page", self.spoken(self.foreign)[0].body)
        copy = self.spoken(self.survivor)[0]
        self.assertIn("From the old page", copy.body)
        self.assertTrue(copy.is_internal)

    def test_a_reader_who_is_no_number_names_nobody(self):
        self.absorb(self.survivor, self.source)
        token = self.source._portal_ensure_token()
        for pid in ("²", "٣", "x", "9" * 30):
            page = self.get(self.url(self.source, access_token=token, pid=pid, hash="abc"))
            self.assertEqual(page.status_code, 200, pid)

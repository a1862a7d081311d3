from odoo.tests import HttpCase, tagged

from ...lib import consent as lib
from .common import ConsentCommon

# as people write them, and as Odoo keeps them
WRITTEN = ("leser@xn--mnchen-3ya.example.com", "so\u0308ren@example.com", "Élise@example.com")
WRITTEN += ("ÖzGÜR@example.com", "leser@München.example.com")


@tagged("post_install", "-at_install")
class TestWritings(ConsentCommon, HttpCase):
    """Odoo keeps capitals beyond ASCII, combining characters and encoded domains as they came; the
    ledger knows one writing. Whoever leaves, leaves in all of them.
    """

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _mailing(self, lists):
        return self.env["mailing.mailing"].create(
            {
                "subject": "To a list",
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": lists.ids,
            }
        )

    def _subscription(self, mailing_list, address):
        contact = mailing_list.contact_ids.filtered(lambda one: one.email == address)
        return contact.subscription_ids.filtered(lambda one: one.list_id == mailing_list)

    def test_one_click_leaves_the_list(self):
        for number, address in enumerate(WRITTEN):
            readers = self.make_list(f"Readers {number}", address)
            mailing = self._mailing(readers)
            core = readers.contact_ids.email_normalized
            url = mailing._get_unsubscribe_oneclick_url(core, readers.contact_ids.id)
            path = url[url.index("/consent/") :]
            self.assertEqual(self.url_open(path, data={"a": "b"}).status_code, 200)
            self.assertTrue(self._subscription(readers, address).opt_out, address)
            self.assertEqual(self.refusal(address, mailing_lists=readers), "list")

    def test_the_page_shows_the_list_and_leaves_it(self):
        for number, address in enumerate(WRITTEN):
            readers = self.make_list(f"Readers {number}", address)
            identity = self.consent._normalize(address, "email")
            core = readers.contact_ids.email_normalized
            mailing = self.env["mailing.mailing"]
            link = self.env["crm.consent.link"]._find_or_make(
                [identity], mailing, addresses={identity: core}
            )[identity]
            path = link._get_path("preferences")
            text = self.url_open(path).text
            self.assertIn(f"Readers {number}", text)
            self.url_open(f"{path}/save", data={"csrf_token": self.csrf(text), "action": "save"})
            self.assertTrue(self._subscription(readers, address).opt_out, address)

    def test_cores_link_leaves_the_list(self):
        for number, address in enumerate(WRITTEN):
            readers = self.make_list(f"Readers {number}", address)
            mailing, contact = self._mailing(readers), readers.contact_ids
            core = contact.email_normalized
            self.url_open(
                f"/mailing/{mailing.id}/unsubscribe_oneclick",
                data={
                    "document_id": contact.id,
                    "email": core,
                    "hash_token": mailing._generate_mailing_recipient_token(contact.id, core),
                },
            )
            self.assertTrue(self._subscription(readers, address).opt_out, address)

    def test_the_mails_of_a_mailing_remember_the_writing(self):
        partner = self.env["res.partner"].create({"name": "Elise", "email": "ÉliSe@example.com"})
        mailing = self._create_mailing(
            segment_id=False,
            mailing_model_id=self.env["ir.model"]._get_id("res.partner"),
            mailing_domain=repr([("id", "=", partner.id)]),
        )
        self._send(mailing)
        link = self.env["crm.consent.link"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual((link.identity, link.address), ("élise@example.com", "ÉliSe@example.com"))

    def test_the_audience_of_a_segment_knows_them(self):
        for address in WRITTEN:
            self.say(address, "withdrawn", self.news)
            self.env["res.partner"].create(
                {"name": address, "email": address, "category_id": self.tag.ids}
            )
        segment = self._create_segment(self.marketer, name="Odd writings")
        segment._evaluate()
        counts = segment._count_audience(purpose=self.news)
        self.assertEqual(counts["withdrawn"], len(WRITTEN))

    def test_contacts_of_a_status(self):
        for address in WRITTEN[:3]:
            partner = self.env["res.partner"].create({"name": address, "email": address})
            self.say(address, "withdrawn", self.news)
            self.assertEqual(self.row(address, self.news).partner_ids, partner)

    def test_writings(self):
        self.assertEqual(lib.get_writings("a@example.com"), ["a@example.com"])
        for address in WRITTEN:
            identity = lib.normalize_email(address)
            local, _at, domain = address.rpartition("@")
            core = f"{local.lower() if local.isascii() else local}@{domain.lower()}"
            self.assertIn(core, lib.get_writings(identity, core))
        for core in ("Élise@example.com", "so\u0308ren@example.com", "a@xn--mnchen-3ya.de"):
            self.assertIn(core, lib.get_writings(lib.normalize_email(core)))

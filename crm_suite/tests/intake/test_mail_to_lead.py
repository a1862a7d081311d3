from random import Random
from string import ascii_lowercase

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IntakeCase


@tagged("post_install", "-at_install")
class TestMailToLead(IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.north.join_mails = False

    def test_stranger_becomes_a_lead_with_contact_data(self):
        lead = self._receive(self._mail())
        self.assertRecordValues(
            lead,
            [
                {
                    "name": "20 desks",
                    "contact_name": "Sara Klein",
                    "email_from": "Sara.Klein@example.org",
                    "phone": "+49 30 1234567",
                    "team_id": self.north.id,
                    "partner_id": False,
                }
            ],
        )
        self.assertIn("20 desks", lead.message_ids[-1].body + lead.message_ids[0].body)

    def test_html_and_arabic(self):
        lead = self._receive(
            self._mail(
                sender="=?utf-8?b?2YHYp9i32YXYqSDYp9mE2K3Ysdio2Yo=?= <fatima@example.org>",
                subject="=?utf-8?b?2LfZhNioINi52LHYtiDYs9i52LE=?=",
                type="text/html; charset=utf-8",
                body="<p>السلام عليكم</p><p>فاطمة الحربي<br/>جوال: ٩٦٦٥٥٥٥٥٠١٠٢+</p>"
                "<p>هاتف: +٩٦٦ ٥٠ ٥٥٥ ٠١٠٢</p>",
            ).encode()
        )
        self.assertRecordValues(lead, [{"name": "طلب عرض سعر", "contact_name": "فاطمة الحربي"}])
        self.assertEqual(lead.phone.replace(" ", ""), "+966555550102")

    def test_known_contact_is_linked_and_not_overwritten(self):
        self.layla.phone = "+49 30 0000000"
        lead = self._receive(self._mail(sender="Somebody <layla@haddad.example.com>"))
        self.assertEqual(lead.partner_id, self.layla)
        self.assertEqual(lead.contact_name, "Layla Haddad")
        self.assertEqual(lead.phone, "+49 30 0000000")

    def test_default_team_has_an_address_after_installation(self):
        team = self.env.ref("sales_team.team_sales_department", raise_if_not_found=False)
        if not team or not team.alias_name:
            self.skipTest("the administrator has removed the default team or its address")
        self.assertEqual(team.alias_model_id.model, "crm.lead")
        self.env["mail.alias"].search([]).alias_domain_id = False
        self.env["res.company"].search([]).alias_domain_id = False
        self.env["mail.alias.domain"].search([]).unlink()
        self.env["crm.team"]._receive_mail_without_domain()
        lead = self._receive(self._mail(to=f"{team.alias_name}@anything.example.net"))
        self.assertEqual(lead.team_id, team)

    def _deep(self, spelling):
        """A mail of parts within parts, deeper than the parser of Python can follow."""
        return self._mail(
            type=f"multipart/mixed; {spelling.format(0)}",
            body="\n".join(
                f"--b{level}\nContent-Type: multipart/mixed; {spelling.format(level + 1)}\n"
                for level in range(1500)
            ),
        )

    def _noise(self, length):
        """Letters that do not compress, so that no index takes them."""
        random = Random(7)
        return "".join(random.choices(ascii_lowercase, k=length))

    def test_broken_mails_are_not_lost(self):
        mails = {
            "unknown charset": self._mail(
                type="text/plain; charset=no-such-charset", body="Grüße Phone: 030 1234567"
            ).encode("latin-1"),
            "wrong charset": self._mail(body="Grüße").encode("latin-1"),
            "NUL in the subject": self._mail(subject="Nul\x00 here").encode(),
            "encoded NUL in the subject": self._mail(subject="=?utf-8?q?Nul=00_here?=").encode(),
            "NUL in the body": self._mail(body="Nul\x00 here").encode(),
            "NUL in the sender": self._mail(sender="=?utf-8?q?Nul=00?= <nul@example.org>").encode(),
            "empty body": self._mail(body="").encode(),
            "no sender": self._mail(sender="").encode(),
            "no sender at all": self._mail().replace("From:", "X-From:").encode(),
            "no subject": self._mail(subject="").encode(),
            "sender that is no address": self._mail(sender="nobody at all").encode(),
            "two senders": self._mail(sender="a@example.org, b@example.org").encode(),
            "unfinished multipart": self._mail(
                type='multipart/mixed; boundary="x"', body="--x\nContent-Type: text/plain\n\nHi"
            ).encode(),
            "unknown transfer encoding": self._mail(
                type="text/plain\nContent-Transfer-Encoding: x-none", body="Hi"
            ).encode(),
            "broken base64": self._mail(
                type="text/plain\nContent-Transfer-Encoding: base64", body="####"
            ).encode(),
            "endless subject": self._mail(subject="very " * 2000).encode(),
            "bad date": self._mail().replace("Mon, 03 Jun 2024", "Someday").encode(),
            "deep": self._deep('boundary="b{}"').encode(),
            "deep, written otherwise": self._deep('boundary ="b{}"').encode(),
            "deep, in parts": self._deep('boundary*0="b{}"').encode(),
            "unknown charset of a part": self._mail(
                type='multipart/mixed; boundary="x"',
                body="--x\nContent-Type: text/html; charset=x-none\n\nGrüße\n--x--",
            ).encode(),
            "endless sender": self._mail(sender=self._noise(6000) + "@example.org").encode(),
            "endless domain": self._mail(sender=f"nour@{self._noise(6000)}.example.org").encode(),
            "endless message id": self._mail(id=self._noise(9000)).encode(),
            "surrogates": self._mail(subject="Grüße").encode("latin-1"),
        }
        for name, raw in mails.items():
            with self.subTest(name=name), mute_logger("odoo.addons.mail.models.mail_thread"):
                lead = self._receive(raw)
                self.assertTrue(lead, name)
                self.assertTrue(lead.name, name)
                self.assertTrue(lead.message_ids, name)
                if "charset" in name:
                    self.assertIn("Gr", "".join(lead.message_ids.mapped("body")))
        nul = self._receive(self._mail(subject="One\x00 more").encode())
        self.assertEqual(nul.name, "One more")

    def test_broken_mails_through_the_fetch_server_model(self):
        lead = self._receive(
            self._mail(to="unknown@example.net", subject="Nul\x00").encode(), model="crm.lead"
        )
        self.assertEqual(lead.name, "Nul")

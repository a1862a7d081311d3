from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...lib import dns_text
from ...models.channels.crm_webhook import FOR_TESTS
from ..common import MarketingCommon
from ..lib.test_link_check import serve

TEXT = "Our spring offers are here, and they last until the end of the month."
GOOD = f'<p>{TEXT} <a href="/unsubscribe_from_list">Unsubscribe</a></p>'
DOMAIN = {
    "test.example.com": ["v=spf1 -all"],
    "_dmarc.example.com": ["v=DMARC1; p=none"],
    "own._domainkey.test.example.com": ["v=DKIM1; p=MIGf"],
}


@tagged("post_install", "-at_install")
class TestMailingCheck(MarketingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["ir.config_parameter"].set_param("crm_suite_marketing.dkim_selectors", "x, own")

    def setUp(self):
        super().setUp()
        self.texts, self.asked = dict(DOMAIN), []

        def lookup(_mailing, name, _end):
            self.asked.append(name)
            if self.texts is None:
                raise dns_text.NoAnswer(name)
            return self.texts.get(name, [])

        model = type(self.env["mailing.mailing"])
        self.startPatcher(patch.object(model, "_lookup_texts", lookup))

    def _create(self, **values):
        return self._create_mailing(
            **{"preview": "Now", "body_html": GOOD, "subject": "Spring", **values}
        )

    def _check(self, mailing):
        action = mailing.action_check()
        return self.env[action["res_model"]].with_user(self.marketer).browse(action["res_id"])

    def _codes(self, mailing):
        lines = self._check(mailing).line_ids
        self.assertTrue(all(line.name and line.advice for line in lines))
        return set(lines.mapped("code"))

    def test_nothing_to_mend(self):
        check = self._check(self._create())
        self.assertFalse(check.line_ids, check.line_ids.mapped("name"))
        self.assertEqual(self.asked[-1], "own._domainkey.test.example.com")

    def test_the_domain_of_the_sender(self):
        self.texts = {}
        self.assertEqual(self._codes(self._create()), {"no_spf", "no_dkim", "no_dmarc"})
        self.texts = None
        self.asked = []
        self.assertEqual(self._codes(self._create()), {"no_dns"})
        # one question without an answer is enough
        self.assertEqual(len(self.asked), 1)
        self.assertEqual(self._codes(self._create(email_from="nobody")), {"no_from"})

    def test_dns_is_never_asked_by_a_launch(self):
        self.texts = None
        mailing = self._create()
        mailing.action_launch()
        self.assertEqual(mailing.state, "in_queue")
        self.assertFalse(self.asked)

    def test_the_server_that_sends(self):
        server = self.env["ir.mail_server"].create(
            {"name": "Check", "smtp_host": "x", "from_filter": "other.example.com"}
        )
        self.assertEqual(self._codes(self._create(mail_server_id=server.id)), {"wrong_server"})
        server.from_filter = "test.example.com"
        self.assertEqual(self._codes(self._create(mail_server_id=server.id)), set())

    def test_texts(self):
        mailing = self._create(
            subject="BUY NOW!! FREE MONEY",
            preview=False,
            body_html='<p><a href="#">x</a><img src="/a.png"/></p>',
        )
        self.assertEqual(
            self._codes(mailing),
            {
                "capitals",
                "exclamation",
                "promises",
                "no_preview",
                "only_images",
                "no_alt",
                "empty_link",
                "no_unsubscribe",
            },
        )

    def test_links_are_opened(self):
        self.env["ir.config_parameter"].set_param(FOR_TESTS, "1")
        site = serve(self)
        links = [f"{site}/gone", f"{site}/page", f"{site}/gone?for=[[first_name]]"]
        body = GOOD + "".join(f'<a href="{link}">x</a>' for link in links)
        lines = self._check(self._create(body_html=body)).line_ids
        # a link into our own network, besides
        self.assertEqual(set(lines.mapped("code")), {"dead_link", "local_link"})
        [dead] = lines.filtered(lambda line: line.code == "dead_link")
        self.assertIn(f"{site}/gone (HTTP 404)", dead.name)
        self.assertNotIn("/page", dead.name)
        self.assertNotIn("?for", dead.name)
        self.assertEqual(dead.severity, "warning")

    def test_what_core_fills_in_is_text(self):
        mailing = self._create(body_html='<p><t t-out="object.name"/></p>')
        self.assertEqual(self._codes(mailing), {"no_unsubscribe"})

    def test_empty_merge_fields_are_counted(self):
        self.amal.city = "Ghent"
        mailing = self._create(subject='[[city]] [[job|fallback:"x"]]')
        lines = self._check(mailing).line_ids
        self.assertEqual(lines.mapped("code"), ["hole"])
        self.assertIn("[[city]]: 5 / 6", lines.name)

    def test_variants(self):
        campaign = self.env["utm.campaign"].create({"name": "Check of variants"})
        values = {"ab_testing_enabled": True, "campaign_id": campaign.id}
        mailing, other = self._create(**values), self._create(**values)
        self.assertEqual(self._codes(mailing), {"same_variant"})
        other.subject = "Another"
        self.assertEqual(self._codes(mailing), set())

    def test_errors_stop_the_launch(self):
        mailing = self._create(body_html=GOOD + '<a href="http://10.0.0.1/">x</a>')
        with self.assertRaises(UserError) as caught:
            mailing.action_launch()
        self.assertIn("http://10.0.0.1/", str(caught.exception))
        self.assertEqual(mailing.state, "draft")
        check = self._check(mailing)
        self.assertEqual(check.error_count, 1)
        with self.assertRaises(UserError):
            check.action_send_anyway()
        check.launch_action = "action_launch"
        with self.assertRaises(UserError):
            check.action_send_anyway()
        check.launch_action = "unlink"
        with self.assertRaises(UserError):
            check.action_send_anyway()
        self.assertTrue(mailing.exists())

    def test_links_to_our_own_pages(self):
        """Also where Odoo stands in a network of its own, as on the machine of who tries it."""
        self.env["ir.config_parameter"].set_param("web.base.url", "http://10.0.0.1:8069")
        mailing = self._create(body_html=GOOD + '<a href="http://10.0.0.1:8069/contactus">x</a>')
        self.assertEqual(self._codes(mailing), set())
        mailing.body_html = GOOD + '<a href="http://10.0.0.1:8070/contactus">x</a>'
        self.assertEqual(self._codes(mailing), {"local_link"})

    def test_warnings_ask(self):
        mailing = self._create(preview=False)
        action = mailing.with_context(check_first=True).action_launch()
        self.assertEqual(action["res_model"], "crm.mailing.check")
        self.assertEqual(mailing.state, "draft")
        check = self.env["crm.mailing.check"].with_user(self.marketer).browse(action["res_id"])
        self.assertEqual((check.error_count, check.warning_count), (0, 1))
        mailing.preview = "Now"
        again = check.action_again()
        self.assertFalse(check.browse(again["res_id"]).line_ids)
        check.action_send_anyway()
        self.assertEqual(mailing.state, "in_queue")
        # with nothing to mend nobody is asked
        mailing = self._create()
        mailing.with_context(check_first=True).action_launch()
        self.assertEqual(mailing.state, "in_queue")
        # other doors do not ask, they are stopped by errors alone
        mailing = self._create(preview=False)
        mailing.action_launch()
        self.assertEqual(mailing.state, "in_queue")

    def test_schedule_asks_too(self):
        mailing = self._create(preview=False)
        action = mailing.with_context(check_first=True).action_schedule()
        self.assertEqual(action["res_model"], "crm.mailing.check")
        check = self.env["crm.mailing.check"].browse(action["res_id"])
        self.assertEqual(check.action_send_anyway()["res_model"], "mailing.mailing.schedule.date")

    def test_every_finding_has_words(self):
        Line, mailing = self.env["crm.mailing.check.line"], self._create()
        sentences = (
            Line._get_words_sentences() | Line._get_form_sentences() | Line._get_sender_sentences()
        )
        for code in sentences:
            finding = type("Finding", (), {"code": code, "detail": ""})
            self.assertTrue(all(Line._describe(mailing, finding)))

    def test_only_who_works_with_mailings(self):
        mailing = self._create()
        with self.assertRaises(AccessError):
            mailing.with_user(self.salesperson).action_check()

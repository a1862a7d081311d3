from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import MarketingCommon


@tagged("post_install", "-at_install")
class TestReadyJourneys(MarketingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.ready = cls.env["crm.ready.journey"].with_user(cls.marketer).search([])
        # some are about documents, whose readers the responsible must be one of
        cls.marketer.write(
            {
                "group_ids": [
                    (4, cls.env.ref("sales_team.group_sale_salesman_all_leads").id),
                    (4, cls.env.ref("account.group_account_invoice").id),
                ]
            }
        )

    def use(self, key, lang="en_US"):
        ready = self.ready.filtered(lambda one: one.key == key)
        action = ready.with_context(lang=lang).action_use()
        return self.env["crm.journey"].with_user(self.marketer).browse(action["res_id"])

    def test_there_are_ten(self):
        self.assertEqual(len(self.ready), 10)

    def test_each_can_be_launched_as_it_is_in_both_languages(self):
        for key in self.ready.mapped("key"):
            for lang in ("en_US", "ar_001"):
                with self.subTest(key=key, lang=lang):
                    journey = self.use(key, lang)
                    problems = journey.draft_version_id.find_problems()
                    self.assertFalse([p["text"] for p in problems if not p["is_warning"]])
                    self.assertEqual(journey.state, "draft", "nothing goes by itself")

    def test_it_says_which_buttons_still_lead_nowhere(self):
        problems = self.use("satisfaction").draft_version_id.find_problems()
        self.assertIn("ask", [one["uid"] for one in problems if "link" in one["text"]])

    def test_each_says_what_it_is_in_both_languages(self):
        for key in self.ready.mapped("key"):
            journey = self.use(key)
            nodes = journey.draft_version_id.node_ids
            for record, name in [(journey, "name"), *((node, "name") for node in nodes)]:
                english = record.with_context(lang="en_US")[name]
                arabic = record.with_context(lang="ar_001")[name]
                if english:
                    self.assertRegex(arabic, "[\u0600-\u06ff]", f"{key}: {english}")
                    self.assertNotRegex(english, "[\u0600-\u06ff]")

    def test_messages_are_in_the_language_of_whoever_makes_it(self):
        arabic, english = self.use("welcome", "ar_001"), self.use("welcome", "en_US")
        arabic_mails = arabic.draft_version_id.node_ids.mailing_id
        english_mails = english.draft_version_id.node_ids.mailing_id
        self.assertEqual((len(arabic_mails), len(english_mails)), (3, 3))
        for mailing in arabic_mails:
            self.assertRegex(mailing.subject, "[\u0600-\u06ff]")
            self.assertIn('dir="rtl"', mailing.body_html)
            self.assertIn("/unsubscribe_from_list", mailing.body_html)
        for mailing in english_mails:
            self.assertNotRegex(mailing.body_html, "[\u0600-\u06ff]")

    def test_people_who_do_not_market_make_none(self):
        with self.assertRaises(AccessError):
            self.env["crm.ready.journey"].with_user(self.salesperson).search([])
        user = self.env["crm.ready.journey"].with_user(self.marketer)
        with self.assertRaises(AccessError):
            user.search([], limit=1).name = "Mine"

from odoo.tests import tagged

from ..common import MarketingCommon


@tagged("post_install", "-at_install")
class TestReadyTemplates(MarketingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.templates = cls.env["mailing.mailing"].browse()
        for kind in ("welcome", "offer", "newsletter", "greeting"):
            for lang in ("en", "ar"):
                cls.templates += cls.env.ref(f"crm_suite_marketing.mailing_template_{kind}_{lang}")

    def test_offered_to_whoever_begins_a_mailing(self):
        found = self.env["mailing.mailing"].with_user(self.marketer).action_fetch_favorites()
        self.assertLessEqual(set(self.templates.ids), {values["id"] for values in found})
        # but they are not among the mailings
        self.assertFalse(self.templates.search([("id", "in", self.templates.ids)]))

    def test_usable_for_all_kinds_of_recipients(self):
        for template in self.templates:
            for model in ("res.partner", "mailing.list", "crm.lead"):
                with self.subTest(template.subject, model=model):
                    mailing = self._create_mailing(
                        # leads are not the marketer's to read
                        user=self.env.ref("base.user_admin"),
                        segment_id=False,
                        mailing_model_id=self.env["ir.model"]._get_id(model),
                        subject=template.subject,
                        preview=template.preview,
                        body_html=template.body_arch,
                    )
                    codes = {finding.code for finding in mailing._check_content()}
                    # the writer enters where the button leads
                    self.assertLessEqual(codes, {"empty_link"})

    def test_arabic_is_written_from_the_right(self):
        for template in self.templates:
            is_arabic = template.get_external_id()[template.id].endswith("_ar")
            self.assertEqual('dir="rtl"' in str(template.body_arch), is_arabic)
            shown = template._render_preview(self.amal)
            self.assertEqual('dir="rtl"' in shown["body"], is_arabic)
            self.assertNotIn("[[", shown["subject"] + shown["text"])

from unittest.mock import patch

from lxml import html

from odoo.tests import tagged

from .test_lead_form import LeadFormCase


@tagged("post_install", "-at_install")
class TestLeadFormWay(LeadFormCase):
    """Where visitors come from, where they go, and what is counted on the way."""

    def test_a_page_after_sending_in_any_script(self):
        self.form.redirect_url = "https://شركة.example.com/شكرا?من=نموذج"
        page = self._get()
        self.assertEqual(page.status_code, 200)
        host = "https://xn--ogbpi5d.example.com"
        self.assertIn(f"form-action 'self' {host};", page.headers["Content-Security-Policy"])
        answer = self.url_open(
            "/crm/form/fair",
            data={"token": self._aged_token(), **self.typed},
            allow_redirects=False,
        )
        self.assertEqual(
            answer.headers["Location"],
            f"{host}/%D8%B4%D9%83%D8%B1%D8%A7?%D9%85%D9%86=%D9%86%D9%85%D9%88%D8%B0%D8%AC",
        )

    def test_the_origin_survives_a_change_of_language(self):
        page = self._get("/crm/form/fair?lang=en_US&utm_source=poster&utm_campaign=a%26b&preview=1")
        [link] = html.fromstring(page.text).xpath("//footer/a[contains(@href, 'lang=ar')]/@href")
        tree = html.fromstring(self._get(link).text)
        self.assertEqual(tree.get("dir"), "rtl")
        self.assertEqual(tree.xpath("//input[@name='utm_source']/@value"), ["poster"])
        self.assertEqual(tree.xpath("//input[@name='utm_campaign']/@value"), ["a&b"])
        self.assertTrue(tree.xpath("//form/@data-preview"))

    def test_refusals_count_no_noise(self):
        with patch("odoo.addons.crm_suite.controllers.lead_form.MAX_VISITS", 3):
            for _turn in range(5):
                self.assertEqual(self._send(email_from="no address").status_code, 422)
        visits = self.env["crm.lead.form.visit"].search([("form_id", "=", self.form.id)])
        self.assertEqual(len(visits), 3)

import re

from odoo.tests import tagged

from .common import WebTrackingCommon


@tagged("post_install", "-at_install")
class TestScript(WebTrackingCommon):
    """What pages load."""

    def _load(self, key=None, **headers):
        return self.url_open(f"/crm_suite/track.js?site={key or self.site.key}", headers=headers)

    def test_small_and_kept_by_caches(self):
        answer = self._load()
        self.assertEqual(answer.status_code, 200)
        self.assertIn("javascript", answer.headers["Content-Type"])
        self.assertIn("public", answer.headers["Cache-Control"])
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertLess(len(answer.content), 4096)
        again = self._load(**{"If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status_code, again.content), (304, b""))

    def test_what_the_site_wants_before_consent_is_in_it(self):
        self.assertNotIn('"count": true', self._load().text)
        self.site.consent_mode = "count"
        self.assertIn('const config = {"count": true};', self._load().text)
        self.assertEqual(
            self._load("f" * 32).text, self._load().text.replace('{"count": true}', "{}")
        )

    def test_nothing_is_kept_but_after_consent(self):
        text = self._load().text
        self.assertNotIn("localStorage", text)
        self.assertNotIn("sessionStorage", text)
        # the one place that writes the cookie is called where consent is given or taken back
        self.assertEqual(len(re.findall(r"document\.cookie = ", text)), 1)
        consent = text[text.index("const consent =") : text.index("const tell =")]
        self.assertEqual(text.count("keep("), consent.count("keep("))

    def test_the_snippet_of_the_form(self):
        snippet = self.site.with_user(self.manager).snippet
        self.assertIn(f"/crm_suite/track.js?site={self.site.key}", snippet)
        self.site.consent_cookie = 'a"b=<yes>'
        self.assertIn('data-consent-cookie="a&#34;b=&lt;yes&gt;"', self.site.snippet)

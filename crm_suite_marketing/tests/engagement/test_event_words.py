from lxml import etree

from odoo.tests import tagged

from .common import EngagementCommon

ADDRESSES = {"address", "email", "email_from", "identity", "ip", "link_url", "url"}


@tagged("post_install", "-at_install")
class TestEventWords(EngagementCommon):
    """Screens of events say words, not codes."""

    def test_a_click_says_where_the_link_led(self):
        self.offer.label = "Our offer"
        self._visit(self.to_amal, "click", link=self.offer)
        click = self._events_of(self.to_amal, "click").with_user(self.marketer)
        self.assertEqual(
            (click.link_url, click.link_label), ("https://example.com/offer?x=1", "Our offer")
        )
        domain = [("mailing_id", "=", self.mailing.id), ("kind", "=", "click")]
        groups = self.events.with_user(self.marketer).formatted_read_group(
            domain, ["link_url"], ["__count"]
        )
        self.assertEqual(groups[0]["link_url"], "https://example.com/offer?x=1")
        self.assertEqual(
            self.events.search([*domain, ("link_url", "ilike", "example.com/offer")]), click
        )

    def test_evidence_is_told_in_words(self):
        self.events._record(
            [
                {
                    "event_key": "words:absence",
                    "kind": "auto_reply",
                    "outbox_id": self.to_amal.id,
                    # the last comes from programs of others
                    "evidence": {"sign": "auto_submitted", "country": "SA", "text": ["odd"]},
                }
            ]
        )
        [event] = self._events_of(self.to_amal, "auto_reply")
        self.assertNotIn("auto_submitted", event.evidence_text)
        self.assertIn(f"Country: {self.env.ref('base.sa').name}", event.evidence_text)

    def test_a_row_of_the_statistics_names_person_and_mailing(self):
        trace = self.to_amal.trace_id
        self.assertEqual(trace.display_name, f"{trace.email}: {self.mailing.subject}")

    def test_a_delivery_names_the_language(self):
        self.to_amal.lang = "en_US"
        self.assertEqual(self.to_amal.lang_name, self.env["res.lang"]._get_data(code="en_US").name)

    def test_addresses_run_from_left_to_right(self):
        """In Arabic, too: else brackets turn, and a long address loses its beginning."""
        own = self.env["ir.model.data"].search(
            [("module", "=", "crm_suite_marketing"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(own.mapped("res_id"))
        wrong = [
            (view.name, field.get("name"))
            for view in views.filtered(lambda one: one.type in ("list", "form"))
            for field in etree.fromstring(view.arch).iter("field")
            if field.get("name") in ADDRESSES and field.get("invisible") != "1"
            # the fields of Odoo's own views are changed, not added
            if not field.get("position")
            if field.get("dir") != "ltr" and "o_force_ltr" not in (field.get("class") or "")
        ]
        self.assertFalse(wrong)

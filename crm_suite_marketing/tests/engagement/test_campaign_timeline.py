from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..common import MarketingCommon

SOURCES = (
    "campaign_sent",
    "campaign_open",
    "campaign_click",
    "campaign_reply",
    "campaign_bounce",
)


@tagged("post_install", "-at_install")
class TestCampaignTimeline(MarketingCommon):
    """What the customer was sent, and what came of it, in the history of the customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailing = cls._create_mailing()
        cls.now = fields.Datetime.now()
        cls.link = cls.env["link.tracker"].create(
            {"url": "https://example.com/offer", "title": "The offer"}
        )

    @classmethod
    def _create_trace(cls, record, email=False, mailing=None, **values):
        return cls.env["mailing.trace"].create(
            {
                "mass_mailing_id": (mailing or cls.mailing).id,
                "model": record._name,
                "res_id": record.id,
                "email": email,
                "trace_status": "sent",
                "sent_datetime": cls.now - timedelta(days=3),
                **values,
            }
        )

    def _fetch(self, partner, user=None, sources=SOURCES, **kwargs):
        self.env.flush_all()
        timeline = self.env["crm.timeline"].with_user(user or self.salesperson)
        return timeline.get_page("res.partner", partner.id, sources=sources, **kwargs)["rows"]

    def test_all_that_becomes_of_a_mail(self):
        trace = self._create_trace(
            self.amal,
            "amal@customer.example.com",
            trace_status="reply",
            open_datetime=self.now - timedelta(days=2),
            links_click_datetime=self.now,
            reply_datetime=self.now - timedelta(days=1),
        )
        self.env["link.tracker.click"].create(
            {"link_id": self.link.id, "mailing_trace_id": trace.id, "ip": "192.0.2.1"}
        )
        rows = self._fetch(self.amal)
        self.assertEqual(
            [row["source"] for row in rows],
            ["campaign_click", "campaign_reply", "campaign_open", "campaign_sent"],
        )
        self.assertEqual({row["title"] for row in rows}, {"Spring offer"})
        self.assertEqual({row["author"] for row in rows}, {"Amal"})
        self.assertEqual(rows[0]["preview"], "The offer · https://example.com/offer")
        self.assertEqual(rows[-1]["date"], fields.Datetime.to_string(self.now - timedelta(days=3)))
        self.assertEqual(rows[-1]["state"], "Replied")

    def test_campaigns_are_found_by_what_they_show(self):
        trace = self._create_trace(self.amal, "amal@customer.example.com")
        self.env["link.tracker.click"].create(
            {"link_id": self.link.id, "mailing_trace_id": trace.id, "ip": "192.0.2.1"}
        )
        found = {
            words: [row["source"] for row in self._fetch(self.amal, search=words)]
            for words in ("SPRING", "amal spring", "example.com/offer", "winter", "spring winter")
        }
        self.assertEqual(
            found,
            {
                "SPRING": ["campaign_click", "campaign_sent"],
                "amal spring": ["campaign_click", "campaign_sent"],
                "example.com/offer": ["campaign_click"],
                "winter": [],
                "spring winter": [],
            },
        )

    def test_bounce(self):
        trace = self._create_trace(self.amal, "amal@customer.example.com")
        trace.set_bounced(bounce_message="<p>Mailbox <i></i>unknown</p>")
        [row] = self._fetch(self.amal, sources=["campaign_bounce"])
        self.assertEqual((row["preview"], row["state"]), ("Mailbox unknown", "Bounced for Now"))

    def test_contacts_of_the_customer_share_a_history(self):
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        (self.amal + self.emre).parent_id = company
        self._create_trace(self.amal, "amal@customer.example.com")
        self._create_trace(self.emre, "emre@customer.example.com")
        self._create_trace(self.basil, "basil@customer.example.com")
        rows = self._fetch(company)
        self.assertEqual({row["author"] for row in rows}, {"Amal", "Emre"})

    def test_mails_to_leads_and_lists_are_found_by_address(self):
        lead = self.env["crm.lead"].create({"name": "Lead"})
        subscriber = self.env["mailing.contact"].create({"name": "Amal B."})
        self._create_trace(lead, "amal@customer.example.com")
        self._create_trace(subscriber, "amal@customer.example.com")
        self._create_trace(subscriber, "emre@customer.example.com")
        rows = self._fetch(self.amal)
        self.assertEqual([row["author"] for row in rows], ["amal@customer.example.com"] * 2)

    def test_one_address_of_two_contacts_is_not_shown_twice(self):
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        (self.basil + self.assistant).parent_id = company
        lead = self.env["crm.lead"].create({"name": "Lead"})
        self._create_trace(lead, "basil@customer.example.com")
        self._create_trace(self.basil, "basil@customer.example.com")
        self.assertEqual(len(self._fetch(company)), 2)

    def test_test_mails_and_cancelled_mails_are_no_history(self):
        self._create_trace(self.amal, "amal@customer.example.com", is_test_trace=True)
        self._create_trace(
            self.amal, "amal@customer.example.com", trace_status="cancel", sent_datetime=False
        )
        self.assertFalse(self._fetch(self.amal))

    def test_text_messages_are_told_from_mails(self):
        self._create_trace(self.amal, trace_type="sms", sms_number="+32456000001")
        [row] = self._fetch(self.amal)
        self.assertEqual(row["label"], "Campaign SMS")

    def test_salesperson_sees_but_cannot_open(self):
        """A salesperson has no right on mailings, and is not led to one."""
        self._create_trace(self.amal, "amal@customer.example.com")
        trace = self.env["mailing.trace"].with_user(self.salesperson)
        self.assertFalse(trace.has_access("read"))
        [row] = self._fetch(self.amal)
        self.assertEqual((row["res_model"], row["res_id"]), ("res.partner", self.amal.id))
        [row] = self._fetch(self.amal, user=self.marketer)
        self.assertEqual((row["res_model"], row["res_id"]), ("mailing.mailing", self.mailing.id))

    def test_who_may_not_read_the_contact_sees_nothing(self):
        self._create_trace(self.amal, "amal@customer.example.com")
        portal = new_test_user(self.env, "portal_of_test", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self._fetch(self.amal, user=portal)
        self.amal.company_id = self.env["res.company"].create({"name": "Other company"})
        with self.assertRaises(AccessError):
            self._fetch(self.amal)

    def test_hidden_contacts_of_a_visible_customer_stay_hidden(self):
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        (self.amal + self.emre).parent_id = company
        self.amal.company_id = self.env["res.company"].create({"name": "Other company"})
        self._create_trace(self.amal, "amal@customer.example.com")
        self._create_trace(self.emre, "emre@customer.example.com")
        self.assertEqual([row["author"] for row in self._fetch(company)], ["Emre"])

    def test_kept_mail_is_not_shown_twice(self):
        self.mailing.keep_archives = True
        self._send(self.mailing)
        rows = self._fetch(self.amal, user=self.marketer, sources=None)
        self.assertEqual([row["source"] for row in rows], ["campaign_sent"])

    def test_pages_are_complete(self):
        for _number in range(7):
            self._create_trace(
                self.amal,
                "amal@customer.example.com",
                trace_status="open",
                open_datetime=self.now - timedelta(days=3),
            )
        self.env.flush_all()
        timeline = self.env["crm.timeline"].with_user(self.salesperson)
        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            page = timeline.get_page(
                "res.partner", self.amal.id, cursor=cursor, limit=4, sources=SOURCES
            )
            seen += [(row["source"], row["id"]) for row in page["rows"]]
            cursor, pages = page["cursor"], pages + 1
        self.assertEqual((len(seen), len(set(seen)), pages), (14, 14, 4))

    def test_a_page_costs_the_same_with_more_events(self):
        def queries():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._fetch(self.amal)
            return self.cr.sql_log_count - before

        def add(number):
            for index in range(number):
                mailing = self._create_mailing(subject=f"Offer {index}")
                trace = self._create_trace(
                    self.amal,
                    mailing=mailing,
                    trace_status="open",
                    open_datetime=self.now,
                )
                self.env["link.tracker.click"].create(
                    {
                        "link_id": self.link.id,
                        "mailing_trace_id": trace.id,
                        "ip": f"::{index}",
                    }
                )

        add(1)
        queries()
        few = queries()
        add(12)
        self.assertLessEqual(queries(), few)
        self.assertLess(few, 30)

    def test_marketing_user_without_sales_rights(self):
        self._create_trace(self.amal, "amal@customer.example.com")
        self.marketer.group_ids = [
            Command.set(self.env.ref("crm_suite_marketing.group_marketing_user").ids)
        ]
        self.assertEqual(len(self._fetch(self.amal, user=self.marketer, sources=None)), 1)

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import MarketingCommon


@tagged("post_install", "-at_install")
class TestMailingRights(MarketingCommon):
    """Who may do what with segments and the mailings to them."""

    def test_marketing_user_edits_own_segments_only(self):
        self.segment.with_user(self.marketer).name = "Renamed"
        theirs = self.segment.with_user(self.other_marketer)
        self.assertEqual(theirs.name, "Renamed")
        with self.assertRaises(AccessError):
            theirs.name = "Taken over"
        with self.assertRaises(AccessError):
            theirs.unlink()
        mine = self._create_segment(self.other_marketer, name="Mine")
        mine.unlink()
        self.assertFalse(mine.exists())

    def test_marketing_manager_edits_all_segments(self):
        self.segment.with_user(self.manager).name = "Corrected"
        self.assertEqual(self.segment.name, "Corrected")

    def test_mailing_user_of_core_may_read_segments_only(self):
        """Else the mailings to segments could not be listed."""
        segment = self.segment.with_user(self.user_marketing)
        self.assertEqual(segment.name, "Test VIP")
        with self.assertRaises(AccessError):
            segment.name = "Mine"
        with Form(self._create_mailing().with_user(self.user_marketing)) as form:
            self.assertEqual(form.segment_reachable_count, 3)

    def test_colleague_may_send_to_a_shared_segment(self):
        mailing = self._create_mailing(user=self.other_marketer)
        self.assertEqual(len(self._send(mailing)), 3)

    def test_owner_decides_who_is_a_member(self):
        """The queue runs as superuser, and must not reach contacts that the owner may not see."""
        other_company = self.env["res.company"].create({"name": "Other company"})
        self.amal.company_id = other_company
        mailing = self._create_mailing(user=self.manager)
        self.manager.company_ids += other_company
        mailing.action_launch()
        self.assertNotIn("amal", str(self._run_queue()))

    def test_segments_of_other_companies_are_out_of_reach(self):
        other_company = self.env["res.company"].create({"name": "Other company"})
        self.manager.company_ids += other_company
        segment = (
            self.env["crm.segment"]
            .with_user(self.manager)
            .with_context(allowed_company_ids=other_company.ids)
            .create({"name": "Theirs", "company_id": other_company.id, "domain": "[]"})
        )
        mine = self.env["crm.segment"].with_user(self.marketer)
        self.assertFalse(mine.search([("id", "=", segment.id)]))
        with self.assertRaises(AccessError):
            segment.with_user(self.marketer).read(["name"])

    def test_salesperson_cannot_mail(self):
        with self.assertRaises(AccessError):
            self._create_mailing(user=self.salesperson)

    def test_results_are_for_marketing(self):
        report = self.env["mailing.trace.report"]
        self.assertTrue(report.with_user(self.marketer).has_access("read"))
        self.assertFalse(report.with_user(self.salesperson).has_access("read"))
        self.salesperson.group_ids = [
            Command.link(self.env.ref("crm_suite_marketing.group_marketing_user").id)
        ]
        self.assertTrue(report.with_user(self.salesperson).has_access("read"))

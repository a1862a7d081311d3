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

    def _create_theirs(self, name, **values):
        other_company = self.env["res.company"].create({"name": name})
        self.manager.company_ids += other_company
        self.amal.company_id = other_company
        segment = (
            self.env["crm.segment"]
            .with_user(self.manager)
            .with_context(allowed_company_ids=self.manager.company_ids.ids)
        ).create(
            {
                "name": name,
                "domain": repr([("category_id", "in", self.tag.ids)]),
                "company_id": other_company.id,
                **values,
            }
        )
        self.assertIn(self.amal, segment.sudo().member_ids.partner_id)
        return segment

    def test_nobody_writes_to_a_segment_of_another_company(self):
        """Whatever id is sent: neither a mailing nor a count, not before it is saved either."""
        mine = self._create_mailing()
        for name, values in (("Theirs", {}), ("Shared", {"company_id": False})):
            segment = self._create_theirs(name, **values)
            with self.assertRaises(AccessError):
                self._create_mailing(segment_id=segment.id)
            with self.assertRaises(AccessError):
                mine.segment_id = segment.id
            told = (
                self.env["mailing.mailing"]
                .with_user(self.marketer)
                .onchange(
                    {"segment_id": segment.id, "mailing_type": "mail"},
                    ["segment_id"],
                    {"segment_reachable_count": {}, "segment_left_out": {}, "segment_error": {}},
                )
            )
            told = told["value"]
            self.assertFalse(told.get("segment_reachable_count") or told.get("segment_left_out"))
            # whoever may read the segment is told why
            self.assertEqual(bool(told.get("segment_error")), name == "Shared")
            theirs = self._create_mailing(user=self.manager)
            theirs.sudo().segment_id = segment
            seen = theirs.with_user(self.marketer)
            seen.invalidate_recordset()
            self.assertFalse(seen.segment_reachable_count)
            for engine in ("core", "suite"):
                theirs.sudo().delivery_engine = engine
                for name in ("action_launch", "action_send_mail", "_send_missed"):
                    with self.subTest(engine=engine, name=name), self.assertRaises(AccessError):
                        getattr(seen, name)()

    def test_members_count_not_the_companies_of_the_owner(self):
        """Contacts of no company are everybody's, whoever made the segment of them."""
        other_company = self.env["res.company"].create({"name": "Other company"})
        self.manager.company_ids += other_company
        segment = self._create_segment(self.manager, name="Of all", company_id=False)
        mailing = self._create_mailing(segment_id=segment.id)
        self.assertEqual(mailing.segment_reachable_count, 3)
        self.assertFalse(mailing.segment_error)
        self.assertEqual(len(self._send(mailing)), 3)

    def test_who_joins_after_the_launch_may_be_of_another_company(self):
        other_company = self.env["res.company"].create({"name": "Other company"})
        self.manager.company_ids += other_company
        segment = self._create_segment(self.manager, name="Of all", company_id=False)
        for engine in ("core", "suite"):
            with self.subTest(engine=engine):
                self.amal.company_id = False
                mailing = self._create_mailing(segment_id=segment.id, delivery_engine=engine)
                mailing.action_launch()
                self.amal.company_id = other_company
                self.assertFalse(self._run_queue())
                self.assertEqual(mailing.state, "draft")
                told = "".join(mailing.message_ids.mapped("body"))
                self.assertIn("companies that you do not work for", told)

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import AttributionCase


@tagged("post_install", "-at_install")
class TestCampaignPlan(AttributionCase):
    """Everything that is planned on one calendar, and how many messages contacts get."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Plan = cls.env["crm.campaign.plan"]
        cls.segment = (
            cls.env["crm.segment"]
            .with_user(cls.marketer)
            .create(
                {"name": "Test Plan", "domain": f"[('id', 'in', {(cls.layla | cls.badr).ids})]"}
            )
        )
        cls.segment._evaluate()

    def _send(self, mailing, partners, days_ago, **values):
        self.env["mailing.trace"].create(
            [
                {
                    "mass_mailing_id": mailing.id,
                    "model": "res.partner",
                    "res_id": partner.id,
                    "trace_status": "sent",
                    "sent_datetime": self.noon - timedelta(days=days_ago),
                    **values,
                }
                for partner in partners
            ]
        )

    def _plan(self, user=None, **domain):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.Plan.with_user(user or self.env.uid).search(
            [(name, "=", value) for name, value in domain.items()]
        )

    def test_mailings_and_text_messages(self):
        date = self.noon + timedelta(days=9)
        self.mailing.write(
            {
                "body_html": "<p>Come and taste</p>",
                "schedule_type": "scheduled",
                "schedule_date": date,
            }
        )
        self.other_mailing.mailing_type = "sms"
        self.mailing.action_put_in_queue()
        plan = self._plan(mailing_id=self.mailing.id)
        self.assertEqual((plan.kind, plan.state, plan.date), ("mail", "planned", date))
        self.assertEqual(plan.name, self.mailing.subject)
        self.assertEqual(plan.action_open_document()["res_id"], self.mailing.id)
        self.mailing.active = False
        self.assertFalse(self._plan(mailing_id=self.mailing.id))

    def test_decisions(self):
        date = self.noon + timedelta(days=2)
        self.spring.write(
            {
                "ab_testing_schedule_datetime": date,
                "ab_testing_winner_selection": "clicks_ratio",
            }
        )
        self.assertFalse(self._plan(campaign_id=self.spring.id, kind="decision"), "no test")
        self.mailing.write({"ab_testing_enabled": True, "ab_testing_pc": 10})
        plan = self._plan(campaign_id=self.spring.id, kind="decision")
        self.assertEqual((plan.state, plan.date, plan.name), ("planned", date, "Test Spring"))
        self.assertEqual(plan.action_open_document()["res_id"], self.spring.id)
        self.spring.ab_testing_winner_selection = "manual"
        self.assertFalse(self._plan(campaign_id=self.spring.id, kind="decision"))

    def test_occasions(self):
        rule = self.env["crm.occasion.rule"].create(
            {
                "name": "Test Plan",
                "kind": "champion",
                "company_id": self.company.id,
                "activity_type_id": self.env.ref("crm_suite.mail_activity_type_champion").id,
            }
        )
        occasions = self.env["crm.occasion"].create(
            [
                {
                    "rule_id": rule.id,
                    "kind": "champion",
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "date": self.today,
                    "user_id": user.id,
                    "state": "planned",
                }
                for partner, user in ((self.haddad, self.omar), (self.badr, self.sami))
            ]
        )
        plan = self._plan(rule_id=rule.id)
        self.assertEqual((plan.kind, plan.occasion_count, plan.state), ("occasion", 2, "planned"))
        action = plan.action_open_document()
        self.assertEqual(self.env["crm.occasion"].search(action["domain"]), occasions)
        # of what one may read
        self.assertFalse(self._plan(self.marketer, rule_id=rule.id))
        both = new_test_user(
            self.env,
            "attribution_both",
            "mass_mailing.group_mass_mailing_user,sales_team.group_sale_salesman",
        )
        self.assertFalse(self._plan(both, rule_id=rule.id))
        occasions[0].user_id = both
        self.assertEqual(self._plan(both, rule_id=rule.id).occasion_count, 1)

    def test_pressure_of_a_mailing(self):
        self.mailing.segment_id = self.segment
        others = self.env["mailing.mailing"].create(
            [{"subject": f"Test Pressure {number}"} for number in range(3)]
        )
        for mailing in others:
            self._send(mailing, self.layla, 3)
        self._send(others[0], self.badr, 3)
        self._send(others[1], self.badr, 20)
        self._send(others[2], self.badr, 1, is_test_trace=True)
        date = self.noon + timedelta(days=1)
        self.mailing.write({"schedule_type": "scheduled", "schedule_date": date})
        plan = self._plan(self.marketer, mailing_id=self.mailing.id)
        self.assertEqual((plan.audience_count, plan.pressured_count), (2, 1))
        self.assertEqual((plan.pressure_average, plan.pressure_max), (2, 3))
        action = plan.action_view_pressure()
        rows = self.env[action["res_model"]].with_user(self.marketer).search(action["domain"])
        self.assertEqual(rows.partner_id, self.layla | self.badr)
        sent = self._plan(mailing_id=others[0].id)
        self.assertFalse(sent.audience_count, "not sent, and no segment")

    def test_lists_and_leads_count_by_their_address(self):
        self.layla.write({"email": "Layla <eng_layla@plan.example.com>", "phone": "+32456009001"})
        address = self.layla.email_normalized
        mailing_list = self.env["mailing.list"].create({"name": "Test Plan"})
        subscriber, other = self.env["mailing.contact"].create(
            [
                {"email": one, "list_ids": mailing_list.ids}
                for one in (address, "eng_other@plan.example.com")
            ]
        )
        lead = self.env["crm.lead"].create({"name": "Test Plan", "email_from": address})
        for record in (subscriber, lead):
            self._send(
                self.other_mailing,
                record,
                2,
                model=record._name,
                email=address,
            )
        self._send(
            self.mailing,
            subscriber,
            3,
            model="mailing.contact",
            trace_type="sms",
            sms_number=self.layla.phone_sanitized,
        )
        # to the contact itself: by number and by address once only
        self._send(self.mailing, self.layla, 4, email=address)
        reports = self.env["crm.pressure.report"].with_user(self.marketer)
        row = reports.search([("partner_id", "=", self.layla.id)])
        self.assertEqual(row.week_count, 4)
        plan_of_list = self.env["mailing.mailing"].create(
            {
                "subject": "Test Pressure of Lists",
                "body_html": "<p>Come</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": mailing_list.ids,
                "schedule_type": "scheduled",
                "schedule_date": self.noon + timedelta(days=1),
            }
        )
        plan = self._plan(self.marketer, mailing_id=plan_of_list.id)
        self.assertEqual((plan.audience_count, plan.pressured_count), (2, 1))
        self.assertEqual(plan.pressure_max, 3)
        other.subscription_ids.opt_out = True
        self.env.invalidate_all()
        self.assertEqual(plan.audience_count, 1)

    def _schedule(self, days, **values):
        """A mailing to the segment that waits for its time."""
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Test Planned",
                "body_html": "<p>Come</p>",
                "segment_id": self.segment.id,
                "schedule_type": "scheduled",
                "schedule_date": self.noon + timedelta(days=days),
                "delivery_engine": "suite",
                **values,
            }
        )
        mailing.action_put_in_queue()
        self.assertEqual(mailing.state, "in_queue")
        return mailing

    def test_what_is_planned_is_pressure(self):
        (self.layla | self.badr).write({"country_id": self.env.ref("base.be").id})
        self.layla.write({"email": "layla@plan.example.com", "phone": "+32456009001"})
        self.badr.write({"email": "badr@plan.example.com", "phone": "+32456009002"})
        first, second = self._schedule(3), self._schedule(3)
        text = self._schedule(5, mailing_type="sms", body_plaintext="Come")
        far = self._schedule(15)
        draft = self.env["mailing.mailing"].create(
            {
                "subject": "Test Draft",
                "segment_id": self.segment.id,
                "schedule_type": "scheduled",
                "schedule_date": self.noon + timedelta(days=5),
            }
        )

        def pressure(mailing):
            plan = self._plan(self.marketer, mailing_id=mailing.id)
            return plan.audience_count, plan.pressure_average, plan.pressure_max

        self.assertEqual([pressure(one) for one in (first, second)], [(2, 1, 1)] * 2)
        self.assertEqual(pressure(text), (2, 2, 2), "both mails, not itself")
        self.assertEqual(pressure(draft), (2, 3, 3), "a draft sees what is planned")
        self.assertEqual(pressure(far), (2, 0, 0), "drafts are not planned, the rest is before")

        # a text to the number of a subscriber, and a greeting
        mailing_list = self.env["mailing.list"].create({"name": "Test Planned"})
        self.env["mailing.contact"].create(
            {
                "email": "other@plan.example.com",
                "mobile": self.layla.phone_sanitized,
                "country_id": self.env.ref("base.be").id,
                "list_ids": mailing_list.ids,
            }
        )
        self._schedule(
            4,
            mailing_type="sms",
            body_plaintext="Come",
            segment_id=False,
            mailing_model_id=self.env["ir.model"]._get_id("mailing.list"),
            contact_list_ids=mailing_list.ids,
        )
        self._greet(self.badr)
        self.assertEqual(pressure(text), (2, 3, 3))
        reports = self.env["crm.pressure.report"].with_user(self.marketer)
        rows = reports.search([("partner_id", "in", (self.layla | self.badr).ids)])
        self.assertEqual(rows.mapped("coming_count"), [4, 4])
        self.assertEqual(rows.mapped("week_count"), [0, 0])

        # launched: its deliveries, and no longer the members, whoever they are by then
        first.schedule_date = self.noon - timedelta(days=1)
        first._launch()
        self.env["crm.segment.member"].sudo().search(
            [("segment_id", "=", self.segment.id), ("partner_id", "=", self.badr.id)]
        ).unlink()
        self.assertEqual(pressure(second), (1, 1, 1))
        self.assertEqual(
            {row.partner_id: row.coming_count for row in self._reread(rows)},
            {self.layla: 4, self.badr: 2},
        )
        first.action_pause()
        self.assertEqual(
            {row.partner_id: row.coming_count for row in self._reread(rows)},
            {self.layla: 3, self.badr: 1},
        )

    def _reread(self, rows):
        self.env.flush_all()
        self.env.invalidate_all()
        return rows.search([("partner_id", "in", (self.layla | self.badr).ids)])

    def _greet(self, partner):
        """A mail of an occasion that is to go."""
        rule = self.env["crm.occasion.rule"].create(
            {
                "name": "Test Greeting",
                "kind": "birthday",
                "company_id": self.company.id,
                "action_kind": "mail",
                "template_id": self.env["mail.template"]
                .create(
                    {
                        "name": "Test Greeting",
                        "model_id": self.env["ir.model"]._get_id("crm.occasion"),
                        "body_html": "<p>Good wishes</p>",
                    }
                )
                .id,
            }
        )
        self.env["crm.occasion"].create(
            {
                "rule_id": rule.id,
                "kind": "birthday",
                "partner_id": partner.id,
                "company_id": self.company.id,
                "date": self.today,
                "state": "pending",
            }
        )

    def test_contacts_with_the_highest_pressure(self):
        self._send(self.mailing, self.layla | self.badr, 2)
        self._send(self.other_mailing, self.layla, 20, open_datetime=self.noon)
        self._send(self.other_mailing, self.layla, 100)
        rows = (
            self.env["crm.pressure.report"]
            .with_user(self.marketer)
            .search([("partner_id", "in", (self.layla | self.badr).ids)])
        )
        self.assertEqual(rows.partner_id, self.layla | self.badr)
        first = rows[0]
        self.assertEqual(
            (first.week_count, first.month_count, first.quarter_count, first.opened_count),
            (1, 2, 2, 1),
        )
        self.assertEqual(first.action_open_contact()["res_id"], self.layla.id)

    def test_rights(self):
        for user in (self.omar, self.alia):
            for model in ("crm.campaign.plan", "crm.pressure.report"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
        other = self.env["res.company"].create({"name": "Plan Other"})
        self._send(self.mailing, self.badr, 2)
        self.badr.company_id = other
        rows = (
            self.env["crm.pressure.report"]
            .with_user(self.marketer)
            .search([("partner_id", "=", self.badr.id)])
        )
        self.assertFalse(rows, "who may not read a contact sees nothing of him")

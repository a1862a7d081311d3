from datetime import timedelta

from odoo.tests import Form, tagged

from .common import AttributionCase


@tagged("post_install", "-at_install")
class TestCampaignPerformance(AttributionCase):
    """What campaigns and channels cost and brought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.campaign.cost"].create(
            {
                "name": "Stand",
                "campaign_id": cls.fair.id,
                "medium_id": cls.stand.id,
                "company_id": cls.company.id,
                "amount": 100,
                "date_from": cls.today - timedelta(days=3),
                "date_to": cls.today,
            }
        )
        cls.env["mailing.trace"].create(
            [
                {
                    "mass_mailing_id": cls.mailing.id,
                    "model": "res.partner",
                    "res_id": partner.id,
                    "sent_datetime": cls.noon if sent else False,
                    "open_datetime": cls.noon if sent else False,
                    "trace_status": "open" if sent else "cancel",
                }
                for partner, sent in ((cls.layla, True), (cls.badr, True), (cls.haddad, False))
            ]
        )

    def _figures(self, domain, *aggregates, **context):
        [figures] = self.Performance.with_context(**context)._read_group(domain, [], aggregates)
        return figures

    def test_delivered_is_what_has_not_come_back(self):
        names = ["targeted:sum", "sent:sum", "delivered:sum"]
        of_spring = [("campaign_id", "=", self.spring.id)]
        self.assertEqual(self._figures(of_spring, *names), (3, 2, 2))
        trace = self.env["mailing.trace"].search(
            [("mass_mailing_id", "=", self.mailing.id), ("res_id", "=", self.badr.id)]
        )
        trace.trace_status = "bounce"
        self.assertEqual(self._figures(of_spring, *names), (3, 2, 1))

    def test_campaigns(self):
        self._lead(2, campaign_id=self.fair.id, medium_id=self.stand.id)
        self._click(1)
        self._order([(self.desk, 1)])
        self.Attribution._rebuild()
        of_fair = [("campaign_id", "=", self.fair.id)]
        of_spring = [("campaign_id", "=", self.spring.id)]
        names = ["cost:sum", "leads:sum", "orders:sum", "revenue:sum", "roi:avg"]
        self.assertEqual(self._figures(of_fair, *names), (100, 1, 0, 0, -100))
        self.assertEqual(
            self._figures(of_fair, *names, attribution_model="first"), (100, 1, 1, 200, 100)
        )
        self.assertEqual(
            self._figures(of_fair, *names, attribution_model="linear"), (100, 1, 0.5, 100, 0)
        )
        self.assertEqual(
            self._figures(of_fair, *names, attribution_model="no model"), (100, 1, 0, 0, -100)
        )
        self.assertEqual(
            self._figures(
                of_fair,
                "cost_per_lead:avg",
                "cost_per_order:avg",
                "acquisition_cost:avg",
                attribution_model="position",
            ),
            (100, 200, 200),
        )
        self.assertEqual(
            self._figures(of_spring, "targeted:sum", "sent:sum", "opened:sum", "revenue_last:sum"),
            (3, 2, 2, 200),
        )
        by_channel = self._figures(
            [("medium_id", "=", self.stand.id)], "cost:sum", "revenue_first:sum", "leads:sum"
        )
        self.assertEqual(by_channel, (100, 200, 1))

    def test_of_a_period(self):
        domain = [("campaign_id", "=", self.fair.id), ("date", ">=", self.today)]
        self.assertEqual(self._figures(domain, "cost:sum"), (25,))

    def test_totals_are_those_of_all_orders(self):
        self._click(1)
        orders = self._order([(self.desk, 1)]) + self._order([(self.desk, 2)], partner=self.badr)
        self.Attribution._rebuild()
        revenue, linear = self._figures(
            [("order_id", "in", orders.ids)], "revenue:sum", "revenue_linear:sum"
        )
        self.assertEqual((revenue, linear), (600, 600))

    def test_rows_open_their_records(self):
        order = self._order([(self.desk, 1)], campaign_id=self.fair.id)
        lead = self._lead(1, campaign_id=self.fair.id)
        self.Attribution._rebuild()
        rows = self.Performance.search([("campaign_id", "in", (self.fair | self.spring).ids)])
        opened = {(action := row.action_open_document())["res_model"] for row in rows}
        self.assertTrue(action)
        self.assertEqual(opened, {"crm.campaign.cost", "mailing.mailing", "sale.order", "crm.lead"})
        self.assertIn(order, rows.order_id)
        self.assertIn(lead, rows.lead_id)

    def test_form_of_the_campaign(self):
        self._order([(self.desk, 1)], campaign_id=self.fair.id)
        self.Attribution._rebuild()
        campaign = self.fair
        self.assertEqual(campaign.performance_cost, 100)
        self.assertEqual(campaign.performance_revenue, 200)
        self.assertEqual(campaign.performance_time_decay, 200)
        self.assertEqual(campaign.performance_roi, 100)
        for user in (self.marketer, self.marketing_manager):
            with Form(campaign.with_user(user)) as form, form.cost_ids.new() as line:
                line.name = f"By {user.login}"
                line.amount = 10
        campaign.invalidate_recordset()
        self.assertEqual(campaign.performance_cost, 120)
        costs = campaign.action_view_costs()
        self.assertEqual(len(self.env["crm.campaign.cost"].search(costs["domain"])), 3)
        figures = campaign.action_view_performance()
        self.assertIn(campaign, self.Performance.search(figures["domain"]).campaign_id)

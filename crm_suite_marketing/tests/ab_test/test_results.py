from ast import literal_eval

from lxml import etree

from odoo.tests import Form, tagged

from .common import AbTestCommon


@tagged("post_install", "-at_install")
class TestResults(AbTestCommon):
    def test_rates_intervals_and_words(self):
        campaign, variants = self._run_test(45, 45)
        self._react(variants[0], 20)
        self._react(variants[0], 5, kind="reply")
        self._react(variants[1], 70)
        self._react(variants[1], 30, kind="click")
        campaign.action_view_ab_test()
        rows = {one.mailing_id: one for one in campaign.sudo().ab_result_ids}
        a, b = (rows[one] for one in variants)
        self.assertEqual((a.opened, a.clicked, a.replied), (20, 0, 5))
        self.assertEqual((b.opened, b.clicked, b.replied), (70, 30, 0))
        self.assertAlmostEqual(b.open_rate, 70 * 100 / b.people, places=1)
        self.assertTrue(b.low < b.value < b.high)
        self.assertEqual((a.verdict, b.verdict), ("worse", "best"))
        self.assertIn("hardly chance", b.verdict_text)
        self.assertGreater(campaign.ab_needed, 0)
        self.assertEqual(b.display_name, "Offer B")

    def test_a_click_is_an_opening(self):
        campaign, variants = self._run_test(45, 45)
        self._react(variants[0], 7, kind="click")
        campaign.action_count_ab_results()
        row = campaign.sudo().ab_result_ids.filtered(lambda one: one.mailing_id == variants[0])
        self.assertEqual((row.opened, row.clicked), (7, 7))

    def test_lift_counts_both_alike(self):
        """Who got a variant and who got nothing: all their orders, whichever way they came."""
        campaign, variants = self._run_test(30, 30, holdout=40.0)
        Partner = self.env["res.partner"]
        a = Partner.browse(sorted(self._get_people(variants[0])))
        held = Partner.browse(sorted(self._get_people(variants[0], "holdout")))
        self._create_orders(a[:50], 10)
        self._create_orders(held[:10], 10)
        campaign.action_count_ab_results()
        rows = {one.mailing_id: one for one in campaign.sudo().ab_result_ids}
        nobody = self.env["mailing.mailing"]
        self.assertEqual(rows[nobody].people, len(held))
        self.assertAlmostEqual(rows[nobody].outcome_rate, 10 / len(held), places=4)
        lift = rows[variants[0]]
        self.assertAlmostEqual(lift.lift, 50 / len(a) - 10 / len(held), places=4)
        self.assertTrue(0 < lift.lift_low < lift.lift < lift.lift_high)
        self.assertEqual(lift.outcome, "orders")
        # none of them came by the link of the mailing
        self.assertEqual(lift.orders, 0)
        self.assertTrue(lift.lift_text)

    def test_whom_it_did_not_reach_counts_as_well(self):
        """Dead addresses are in both groups: left out of one only, they would make it look good."""
        campaign, variants = self._run_test(30, 30, holdout=40.0)
        self.env.cr.execute("DELETE FROM crm_outbox WHERE campaign_id = %s", [campaign.id])
        consent = self.env["crm.consent"]
        self.env["crm.outbox"].create(
            [
                {
                    "mailing_id": variants[0].id,
                    "campaign_id": campaign.id,
                    "model": "res.partner",
                    "res_id": person.id,
                    "partner_id": person.id,
                    "identity": person.email,
                    "identity_key": consent._hash(person.email, "email"),
                    "state": state,
                    "reason": "holdout" if state == "suppressed" else False,
                    "idem_key": False if state == "suppressed" else f"itt:{person.id}",
                    "is_assigned": True,
                }
                for people, state in (
                    (self.people[:20], "failed"),
                    (self.people[20:100], "sent"),
                    (self.people[100:200], "suppressed"),
                )
                for person in people
            ]
        )
        self._create_orders(self.people[50:58] | self.people[150:158], 10)
        campaign.action_count_ab_results()
        row = campaign.sudo().ab_result_ids.filtered(lambda one: one.mailing_id == variants[0])
        self.assertEqual((row.people, row.has_lift), (80, True))
        self.assertAlmostEqual(row.outcome_rate, 0.08)
        self.assertAlmostEqual(row.lift, 0)

    def test_one_count_of_clicks(self):
        """Statistics, test and attribution tell people from programs alike."""
        campaign, variants = self._run_test(45, 45)
        sent = [("mailing_id", "=", variants[0].id), ("state", "=", "sent")]
        rows = self.env["crm.outbox"].search(sent, limit=3)
        self.env.cr.execute(
            "UPDATE crm_outbox SET sent_at = sent_at - interval '1 hour' WHERE id = ANY(%s)",
            [rows.ids],
        )
        agents = ("Mozilla/5.0 (X11) Firefox/140", "Nokia", "curl/8")
        for row, agent in zip(rows, agents, strict=True):
            self.env["crm.engagement"]._record_visit(
                "click",
                {"method": "GET", "agent": agent, "network": "192.0.2.0/24"},
                outbox_id=row.id,
            )
        orders = self._create_orders(rows.partner_id, 10)
        attribution = self.env["crm.attribution"]
        for counts_programs, expected in ((False, 2), (True, 3)):
            rows.company_id.sudo().engagement_count_bots = counts_programs
            self.env["crm.engagement"]._rebuild(variants[0])
            campaign.action_count_ab_results()
            attribution._refresh([f"p{one.id}" for one in rows.partner_id])
            self.env.invalidate_all()
            results = campaign.sudo().ab_result_ids
            result = results.filtered(lambda one: one.mailing_id == variants[0])
            touched = attribution.search(
                [("order_id", "in", orders.ids), ("mailing_id", "=", variants[0].id)]
            )
            self.assertEqual(len(rows.trace_id.filtered("links_click_datetime")), expected)
            self.assertEqual((result.clicked, len(touched)), (expected, expected))

    def test_lift_of_leads_and_of_revenue(self):
        campaign, variants = self._run_test(30, 30, holdout=40.0)
        Partner = self.env["res.partner"]
        a = Partner.browse(sorted(self._get_people(variants[0])))
        self.env["crm.lead"].create(
            [{"name": one.name, "email_from": one.email} for one in a[:20]]
            + [{"name": one.name, "partner_id": one.id} for one in a[10:30]]
        )
        # created after the launch: in a test all is created at its beginning
        campaign.sudo().ab_shares_fixed_on = self.env.cr.now()
        self._create_orders(a[:20], 100)
        for selection, outcome, value in (
            ("crm_lead_count", "leads", 30 / len(a)),
            ("ab_order_revenue", "revenue", 2000 / len(a)),
        ):
            campaign.ab_testing_winner_selection = selection
            campaign.action_count_ab_results()
            row = campaign.sudo().ab_result_ids.filtered(lambda one: one.mailing_id == variants[0])
            self.assertEqual(row.outcome, outcome)
            self.assertAlmostEqual(row.outcome_rate, value, places=3)

    def test_winner_and_rest_are_compared_with_the_hold_out_group(self):
        campaign, variants = self._run_test(25, 25)
        variants[0].action_select_as_winner()
        final = self._get_final(campaign)
        self._fix_recipients(final)
        self._deliver(final)
        self._run_cron()
        row = campaign.sudo().ab_result_ids.filtered(lambda one: one.mailing_id == final)
        self.assertEqual(row.role, "final")
        self.assertTrue(row.has_lift)
        self.assertFalse(row.verdict)

    def test_without_deliveries_the_last_figures_stay(self):
        campaign, variants = self._run_test(25, 25)
        self._react(variants[0], 5)
        campaign.action_count_ab_results()
        self.env.cr.execute("DELETE FROM crm_outbox WHERE campaign_id = %s", [campaign.id])
        self.env.invalidate_all()
        campaign.action_count_ab_results()
        row = campaign.sudo().ab_result_ids.filtered(lambda one: one.mailing_id == variants[0])
        self.assertEqual(row.opened, 5)

    def test_screens(self):
        campaign, variants = self._run_test(25, 25)
        action = variants[0].action_compare_versions()
        self.assertEqual((action["res_model"], action["res_id"]), ("utm.campaign", campaign.id))
        with Form(campaign, action["views"][0][0]) as form:
            form.ab_policy = "best"
        action = self.env.ref("crm_suite_marketing.utm_campaign_action_ab_test")
        tests = (
            self.env["utm.campaign"].with_user(self.marketer).search(literal_eval(action.domain))
        )
        self.assertIn(campaign, tests)
        action = campaign.action_view_ab_results()
        self.assertEqual(
            self.env["crm.ab.result"].search_count(action["domain"]),
            len(campaign.sudo().ab_result_ids),
        )
        opened = campaign.sudo().ab_result_ids[0].action_open_mailing()
        self.assertEqual(opened["res_id"], campaign.sudo().ab_result_ids[0].mailing_id.id)

    def test_buttons_of_the_mailing(self):
        """The percentage cannot be typed once it is fixed."""
        _campaign, variants = self._make_test(25, 25)
        self._launch(variants[0])
        with Form(variants[1]) as form, self.assertRaises(AssertionError):
            form.ab_testing_pc = 40
        arch = etree.fromstring(variants.get_view(view_type="form")["arch"])
        self.assertTrue(arch.xpath("//button[@name='action_compare_versions'][@icon='fa-flask']"))

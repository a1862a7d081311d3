from odoo import Command, fields
from odoo.tests import Form, tagged

from .common import ActionCommon


@tagged("post_install", "-at_install")
class TestSales(ActionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._grant(
            cls.marketer,
            "base.group_partner_manager",
            "sales_team.group_sale_salesman_all_leads",
        )
        cls.todo = cls.env.ref("mail.mail_activity_data_todo")
        cls.call = cls.env.ref("mail.mail_activity_data_call")

    def _leads_of(self, node):
        return self.env["crm.lead"].search([("crm_journey_id", "=", node.journey_id.id)])

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------

    def test_an_activity_for_each(self):
        node = self._make_node("activity")
        with Form(node) as form:
            form.activity_type_id = self.call
            form.title = "Call [[name]]"
            form.note = "about\n[[email]]"
            form.activity_days = 2
        self.assertFalse(self._pass(node, self.amal + self.emre))
        activity = self.amal.activity_ids
        self.assertEqual(activity.summary, "Call Amal")
        self.assertIn("about<br>amal@customer.example.com", activity.note.replace("<br/>", "<br>"))
        self.assertEqual(activity.activity_type_id, self.call)
        self.assertEqual(
            activity.date_deadline, fields.Date.add(fields.Date.context_today(node), days=2)
        )
        self.assertEqual(activity.user_id, self.marketer)
        self.assertEqual(self.emre.activity_ids.summary, "Call Emre")

    def test_one_step_plans_one(self):
        node = self._make_node("activity", activity_type_id=self.todo.id, title="Do")
        steps = self._stand(node, self.amal)
        self._act(node, steps)
        self._act(node, steps)
        self.assertEqual(len(self.amal.activity_ids), 1)
        self._pass(node, self.amal, pass_number=2)
        self.assertEqual(len(self.amal.activity_ids), 2)

    def test_done_activities_are_not_planned_again(self):
        node = self._make_node("activity", activity_type_id=self.todo.id, title="Do")
        steps = self._stand(node, self.amal)
        self._act(node, steps)
        self.amal.activity_ids.action_done()
        self._act(node, steps)
        self.assertFalse(self.amal.activity_ids)

    def test_who_it_is_for(self):
        self.amal.user_id = self.salesperson
        for assignment, expected in (
            ("salesperson", self.salesperson),
            ("responsible", self.marketer),
            ("user", self.manager),
        ):
            with self.subTest(assignment):
                node = self._make_node(
                    "activity",
                    activity_type_id=self.todo.id,
                    assignment=assignment,
                    assigned_user_id=self.manager.id,
                )
                before = self.amal.activity_ids
                self._pass(node, self.amal)
                self.assertEqual((self.amal.activity_ids - before).user_id, expected)

    def test_who_cannot_read_the_record_is_not_burdened(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.manager
        stranger.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        self.amal.company_id = self.env.company
        node = self._make_node(
            "activity",
            activity_type_id=self.todo.id,
            assignment="user",
            assigned_user_id=stranger.id,
        )
        self._pass(node, self.amal)
        self.assertEqual(self.amal.activity_ids.user_id, self.marketer)

    def test_texts_in_the_language_of_each(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.amal.lang = "ar_001"
        node = self._make_node("activity", activity_type_id=self.todo.id, title="Call [[name]]")
        node.with_context(lang="ar_001").title = "اتصل بـ [[name]]"
        self._pass(node, self.amal + self.emre)
        self.assertEqual(self.amal.activity_ids.summary, "اتصل بـ Amal")
        self.assertEqual(self.emre.activity_ids.summary, "Call Emre")

    def test_activities_by_few_queries(self):
        node = self._make_node("activity", activity_type_id=self.todo.id, title="Do [[name]]")
        people = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(60)])
        first, second = self._stand(node, people[:5]), self._stand(node, people[5:])
        self._act(node, self._stand(node, self.amal))
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        self._act(node, first)
        few = self.cr.sql_log_count - start
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        self._act(node, second)
        self.assertLessEqual(self.cr.sql_log_count - start, few + 25)

    # ------------------------------------------------------------------
    # Leads
    # ------------------------------------------------------------------

    def test_a_lead_for_each_contact(self):
        team = self.env["crm.team"].create({"name": "Journeys"})
        tag = self.env["crm.tag"].create({"name": "From a journey"})
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        self.amal.user_id = self.salesperson
        node = self._make_node(
            "lead",
            title="[[name]]: trial",
            note="Asked for <b>it</b>",
            lead_team_id=team.id,
            lead_tag_ids=[Command.set(tag.ids)],
            lead_campaign_id=campaign.id,
            lead_revenue=100,
        )
        self.assertFalse(self._pass(node, self.amal + self.emre))
        leads = self._leads_of(node)
        self.assertEqual(set(leads.mapped("name")), {"Amal: trial", "Emre: trial"})
        lead = leads.filtered(lambda one: one.partner_id == self.amal)
        self.assertEqual(lead.user_id, self.salesperson)
        self.assertEqual((lead.team_id, lead.tag_ids), (team, tag))
        self.assertEqual((lead.campaign_id, lead.source_id.name), (campaign, "Test"))
        self.assertEqual(lead.expected_revenue, 100)
        self.assertIn("&lt;b&gt;", lead.description)
        self.assertEqual(lead.action_view_crm_journey()["res_id"], node.journey_id.id)

    def test_no_second_lead_while_one_is_open(self):
        node = self._make_node("lead", title="[[name]]")
        self._pass(node, self.amal)
        again = self._pass(node, self.amal + self.emre, pass_number=2)
        self.assertEqual(again[self.amal.id].reason, "open_lead")
        self.assertEqual(len(self._leads_of(node)), 2)
        self._leads_of(node).filtered(lambda one: one.partner_id == self.amal).action_set_lost()
        self.assertFalse(self._pass(node, self.amal, pass_number=3))
        self.assertEqual(len(self._leads_of(node)), 2)

    def test_another_place_makes_another_lead(self):
        for _round in range(2):
            self._pass(self._make_node("lead", title="[[name]]"), self.amal)
        leads = self.env["crm.lead"].search([("partner_id", "=", self.amal.id)])
        self.assertEqual(len(leads), 2)

    def test_leads_need_a_contact(self):
        node = self._make_node("lead", model="crm.lead", title="Again")
        orphan = self.env["crm.lead"].create({"name": "Nobody's"})
        self.assertEqual(self._pass(node, orphan)[orphan.id].reason, "no_contact")

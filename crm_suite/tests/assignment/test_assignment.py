from collections import Counter

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MORNING, NIGHT, AssignmentCase


@tagged("post_install", "-at_install")
class TestAssignment(AssignmentCase):
    """Who gets a lead of a team, and what is said about it."""

    def test_the_least_load_for_the_capacity(self):
        for _index in range(2):
            self._create_opportunity()  # of omar
        self.of_omar.assignment_max, self.of_rami.assignment_max = 90, 30
        lead = self._create_lead()
        self.assertFalse(lead._assign_automatically())
        self.assertEqual(lead.user_id, self.rami)
        self._create_lead(user_id=self.rami.id)
        # 2 of 90 is less than 2 of 30
        second = self._create_lead()
        second._assign_automatically()
        self.assertEqual(second.user_id, self.omar)
        self.assertEqual(second.type, "lead")
        self.assertEqual(second.assignment_state, "automatic")

    def test_closed_leads_are_no_load(self):
        for _index in range(3):
            self._create_opportunity().action_set_lost()
        won = self._create_opportunity()
        won.action_set_won()
        self.assertEqual(self.of_omar.open_lead_count, 0)
        self._create_opportunity(user_id=self.rami.id)
        lead = self._create_lead()
        lead._assign_automatically()
        self.assertEqual(lead.user_id, self.omar)

    def test_who_is_equal_takes_turns(self):
        leads = self.env["crm.lead"].union(*(self._create_lead() for _index in range(5)))
        for lead in leads:
            lead._assign_automatically()
            lead.action_set_lost()  # so that the load stays equal
        self.assertEqual(
            [lead.user_id for lead in leads],
            [self.omar, self.rami, self.omar, self.rami, self.omar],
        )

    def test_a_batch_is_shared(self):
        leads = self.env["crm.lead"].union(*(self._create_lead() for _index in range(6)))
        self.assertFalse(leads._assign_automatically())
        self.assertEqual(Counter(lead.user_id for lead in leads), {self.omar: 3, self.rami: 3})
        more = self._create_lead()
        more._assign_automatically()
        self.assertEqual(more.user_id, self.omar)

    def test_territories(self):
        saudi, riyadh = self.env["crm.territory"].create(
            [
                {
                    "name": "Saudi Arabia",
                    "country_ids": [Command.link(self.env.ref("base.sa").id)],
                },
                {"name": "Riyadh", "state_ids": [Command.link(self.riyadh.id)]},
            ]
        )
        self.of_omar.territory_ids = riyadh
        self.of_rami.territory_ids = saudi
        inside = self._create_lead(country_id=self.env.ref("base.sa").id, state_id=self.riyadh.id)
        outside = self._create_lead(country_id=self.env.ref("base.ae").id)
        for _index in range(3):
            self._create_opportunity(user_id=self.rami.id)
        self.assertEqual((inside | outside)._assign_automatically(), outside)
        self.assertEqual(inside.user_id, self.omar)
        self.assertIn("Territory: Riyadh.", self._notes(inside))
        self.assertIn("Not Omar: other territory", self._notes(outside))
        # no country: nobody is excluded
        unknown = self._create_lead()
        unknown._assign_automatically()
        self.assertEqual(unknown.user_id, self.omar)
        self.assertIn("too little known", self._notes(unknown))

    def test_a_territory_is_somewhere(self):
        Territory = self.env["crm.territory"]
        for values in ({}, {"zip_prefixes": "—"}):
            with self.assertRaises(ValidationError):
                Territory.create({"name": "Nowhere", **values})

    def test_languages(self):
        self.of_omar.language_ids = self.english
        self.of_rami.language_ids = self.arabic
        arabic = self._create_lead(lang_id=self.arabic.id)
        arabic |= self._create_lead(lang_id=self.arabic.id)
        self.assertFalse(arabic._assign_automatically())
        self.assertEqual(arabic.user_id, self.rami)
        self.of_rami.language_ids = False  # any
        self.layla.lang = "ar_001"
        of_layla = self._create_lead(partner_id=self.layla.id)
        of_layla._assign_automatically()
        self.assertEqual(of_layla.user_id, self.rami)
        self.assertIn("Not Omar: does not speak Arabic", self._notes(of_layla))

    def test_working_time(self):
        self._travel(NIGHT)
        self.north.assignment_wait_hours = 8
        lead = self._create_lead()
        self.assertEqual(lead._assign_automatically(), lead)
        self.north.assignment_wait_hours = 12
        self.assertFalse(lead._assign_automatically())
        self.assertIn("Is at work again on", self._notes(lead))
        # who is at work now comes first, whatever the load
        nights = self.hours.copy({"name": "Nights"})
        nights.attendance_ids.write({"hour_from": 20, "hour_to": 23.5})
        self.of_rami.resource_calendar_id = nights
        for _index in range(5):
            self._create_opportunity(user_id=self.rami.id)
        second = self._create_lead()
        second._assign_automatically()
        self.assertEqual(second.user_id, self.rami)
        self.assertIn("Is at work now.", self._notes(second))

    def test_absence(self):
        self.of_omar.away_until = "2026-03-20"
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Feast",
                "calendar_id": self.hours.id,
                "date_from": "2026-03-03 00:00:00",
                "date_to": "2026-03-10 00:00:00",
            }
        )
        lead = self._create_lead()
        self.assertEqual(lead._assign_automatically(), lead)
        notes = self._notes(lead)
        self.assertIn("Not Omar: away until", notes)
        self.assertIn("Not Rami: not at work within 72 hours", notes)
        # back on the day after the last day
        self._travel("2026-03-19 10:00:00")
        self.of_rami.assignment_optout = True
        self.north.assignment_wait_hours = 21
        self.assertTrue(lead._assign_automatically())
        self.north.assignment_wait_hours = 72
        self.of_omar.away_until = "2026-03-19"
        self.assertFalse(lead._assign_automatically())
        self.assertEqual(lead.user_id, self.omar)

    def test_days_off_of_the_user_count(self):
        """Where HR is installed, a user has a resource with days off."""
        resource = self.env["resource.resource"].create(
            {"name": "Omar", "user_id": self.omar.id, "calendar_id": self.hours.id, "tz": "UTC"}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.hours.id,
                "resource_id": resource.id,
                "date_from": "2026-03-03 00:00:00",
                "date_to": "2026-03-20 00:00:00",
            }
        )
        leads = self._create_lead() | self._create_lead()
        leads._assign_automatically()
        self.assertEqual(leads.user_id, self.rami)

    def test_limits_pauses_filters_and_preferences(self):
        self.of_omar.open_lead_limit = 1
        leads = self._create_lead() | self._create_lead() | self._create_lead()
        leads._assign_automatically()
        self.assertEqual(Counter(leads.mapped("user_id.name")), {"Omar": 1, "Rami": 1})
        self.assertEqual(
            [
                len(leads.filtered(lambda lead, u=u: lead.user_id == u))
                for u in (self.omar, self.rami)
            ],
            [1, 2],
        )
        self.of_omar.open_lead_limit = 0
        self.of_rami.assignment_domain = "[('priority', '=', '0')]"
        urgent = self._create_lead(priority="3") | self._create_lead(priority="3")
        urgent._assign_automatically()
        self.assertEqual(urgent.user_id, self.omar)
        self.of_rami.assignment_domain_preferred = "[('name', 'ilike', 'chairs')]"
        for _index in range(5):
            self._create_lead(user_id=self.rami.id)
        chairs = self._create_lead()
        chairs._assign_automatically()
        self.assertEqual(chairs.user_id, self.rami)
        self.assertIn("Prefers such leads.", self._notes(chairs))
        with self.assertRaises(ValidationError):
            self.of_omar.open_lead_limit = -1

    def test_a_filter_that_cannot_be_read_takes_nothing(self):
        self.env.cr.execute(
            "UPDATE crm_team_member SET assignment_domain = %s WHERE id = %s",
            ["[('gone', '=', 1)]", self.of_omar.id],
        )
        self.env.invalidate_all()
        leads = self._create_lead() | self._create_lead()
        self.assertFalse(leads._assign_automatically())
        self.assertEqual(leads.user_id, self.rami)

    def test_customers_stay_with_their_salesperson(self):
        self.haddad.user_id = self.sami
        lead = self._create_lead(partner_id=self.layla.id)
        lead._assign_automatically()
        self.assertEqual((lead.user_id, lead.team_id), (self.sami, self.south))
        self.assertIn("the salesperson of the customer", self._notes(lead))
        # away: the team of the lead looks after it
        self.south.crm_team_member_ids.away_until = "2026-03-20"
        second = self._create_lead(partner_id=self.layla.id)
        second._assign_automatically()
        self.assertEqual((second.user_id, second.team_id), (self.omar, self.north))
        self.assertIn("Not Sami: away until", self._notes(second))
        self.south.crm_team_member_ids.away_until = False
        self.north.assignment_keep_customer = False
        third = self._create_lead(partner_id=self.layla.id)
        third._assign_automatically()
        self.assertEqual(third.team_id, self.north)

    def test_a_choice_of_a_person_stands(self):
        lead = self._create_lead(user_id=self.sami.id, team_id=self.south.id)
        before = lead.write_date
        self.assertFalse(lead._assign_automatically())
        self.assertEqual((lead.user_id, lead.write_date), (self.sami, before))
        lost = self._create_lead()
        lost.action_set_lost()
        self.assertTrue(lost._assign_automatically() <= lost)
        self.assertFalse(lost.user_id)

    def test_nobody_is_said_aloud_once(self):
        self.in_north.assignment_optout = True
        lead = self._create_lead()
        for _run in range(3):
            self.assertEqual(lead._assign_automatically(), lead)
        self.assertEqual(lead.assignment_state, "nobody")
        self.assertEqual(len(lead.activity_ids), 1)
        self.assertEqual(lead.activity_ids.user_id, self.nora)
        self.assertEqual(self._notes(lead).count("is available for this lead"), 1)
        found = self.env["crm.lead"].search([("assignment_state", "=", "nobody")])
        self.assertIn(lead, found)
        # somebody is back: no to-do is left
        self.of_rami.assignment_optout = False
        self._run_cron()
        self.assertEqual(lead.user_id, self.rami)
        self.assertFalse(lead.activity_ids)

    def test_a_person_ends_the_search(self):
        self.in_north.assignment_optout = True
        lead = self._create_lead()
        lead._assign_automatically()
        lead.user_id = self.sami
        self.assertFalse(lead.assignment_state)
        self.assertFalse(lead.activity_ids)
        lead.user_id = False
        self.in_north.assignment_optout = False
        self._run_cron()
        self.assertFalse(lead.user_id, "a person has left it without a salesperson")

    def test_many_that_nobody_takes_are_one_to_do(self):
        self.in_north.assignment_optout = True
        leads = self.env["crm.lead"].create(
            [
                {"name": f"Lead {index}", "user_id": False, "team_id": self.north.id}
                for index in range(30)
            ]
        )
        leads._assign_automatically()
        self.assertEqual(len(leads.activity_ids), 1)
        self.assertIn("29", leads.activity_ids.summary)

    def test_the_note_speaks_the_language_of_the_salesperson(self):
        self.omar.lang = "ar_001"
        self.north.with_context(lang="ar_001").name = "الشمال"
        self.of_rami.assignment_optout = True
        lead = self._create_lead()
        lead._assign_automatically()
        self.assertEqual(lead.user_id, self.omar)
        self.assertIn("الشمال", self._notes(lead))

    def test_a_lead_that_no_form_lets_pass_is_assigned(self):
        """A lead that misses what a form rule requires is not left without a salesperson."""
        lead = self._create_lead()
        field = self.env["ir.model.fields"]._get("crm.lead", "phone")
        self.env["crm.form.rule"].create(
            {
                "name": "Phone",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "target_field_ids": field.ids,
                "condition_domain": "[('user_id', '!=', False)]",
            }
        )
        with self.assertRaises(ValidationError):
            lead.user_id = self.sami
        lead.invalidate_recordset()
        lead._assign_automatically()
        self.assertEqual(lead.user_id, self.omar)

    def test_a_thousand_leads_cost_few_queries(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": f"Lead {index}", "user_id": False, "team_id": self.north.id}
                for index in range(1000)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(150):
            leads._assign_automatically()
            self.env.flush_all()
        self.assertEqual(Counter(leads.mapped("user_id.name")), {"Omar": 1, "Rami": 1})
        self.assertEqual(len(leads.filtered(lambda lead: lead.user_id == self.omar)), 500)

    def test_button(self):
        leads = self._create_lead() | self._create_lead(user_id=self.sami.id)
        action = leads.with_user(self.mona).action_assign_automatically()
        self.assertIn("Leads assigned: 1.", action["params"]["message"])
        self.assertEqual(leads[1].user_id, self.sami)
        with self.assertRaises(UserError):
            leads.with_user(self.mona).action_assign_automatically()

    def test_screens(self):
        with Form(self.env["crm.territory"].with_user(self.mona)) as form:
            form.name = "Emirates"
            form.country_ids.add(self.env.ref("base.ae"))
        with Form(self.of_omar.with_user(self.mona)) as form:
            form.away_until = MORNING[:10]
            form.language_ids.add(self.arabic)
            form.territory_ids.add(self.env["crm.territory"].search([], limit=1))
        with Form(self.north.with_user(self.mona)) as form:
            form.assignment_at_arrival = True
        self.assertEqual(
            self.north.action_view_members()["domain"], [("crm_team_id", "=", self.north.id)]
        )
        self.assertIn("North", self.north.action_view_members()["display_name"])

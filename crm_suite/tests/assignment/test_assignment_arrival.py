from odoo.tests import tagged

from .common import AssignmentCase

MAIL = """From: Huda Saleh <huda@school.example.org>
To: crm.suite.north@example.com
Subject: Chairs
Message-ID: <{id}@school.example.org>
Content-Type: text/plain; charset=utf-8

We need forty chairs.
"""


@tagged("post_install", "-at_install")
class TestAssignmentArrival(AssignmentCase):
    """Leads that come in by mail, form or import."""

    def _receive(self, identity="1"):
        lead_id = self.env["mail.thread"].message_process(
            "crm.lead", MAIL.format(id=identity), custom_values={"team_id": self.north.id}
        )
        return self.env["crm.lead"].browse(lead_id)

    def test_off_means_untouched(self):
        lead = self._receive()
        self.assertFalse(lead.assignment_state)
        self._run_cron()
        self.assertEqual(lead.user_id, self.nora, "core gives it to the leader of the team")

    def test_a_mail_is_assigned(self):
        self.north.assignment_at_arrival = True
        lead = self._receive()
        self.assertEqual(lead.assignment_state, "waiting")
        self.assertFalse(lead.user_id)
        self._run_cron()
        self.assertEqual(lead.user_id, self.omar)
        self.assertIn("Assigned automatically to Omar", self._notes(lead))
        self._run_cron()
        self.assertEqual(self._notes(lead).count("Assigned automatically"), 1)

    def test_the_job_is_called_at_once(self):
        self.north.assignment_at_arrival = True
        before = self._count_calls()
        self._receive()
        self.assertEqual(self._count_calls(), before + 1)
        self.of_omar.away_until = "2026-03-20"
        self.assertEqual(self._count_calls(), before + 2)

    def _count_calls(self):
        cron = self.env.ref("crm_suite.ir_cron_lead_assign")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    def test_an_import_is_assigned(self):
        rows = [["Desks", "North"], ["Sofas", "North"], ["Lamps", "South"]]
        self.north.assignment_at_arrival = True
        leads = self._import(["name", "team_id"], rows)
        self._run_cron()
        self.assertEqual([lead.user_id for lead in leads], [self.omar, self.rami, self.mona])
        chosen = self._import(["name", "team_id", "user_id"], [["Beds", "North", "Rami"]])
        self.assertEqual(chosen.user_id, self.rami)

    def _import(self, names, rows):
        result = (self.env["crm.lead"].with_user(self.mona).with_context(import_file=True)).load(
            names, rows
        )
        self.assertFalse(result["messages"])
        return self.env["crm.lead"].browse(result["ids"])

    def test_a_lead_of_a_person_is_left_to_that_person(self):
        self.north.assignment_at_arrival = True
        lead = self.env["crm.lead"].with_user(self.omar).create({"name": "Mine"})
        self._run_cron()
        self.assertEqual((lead.user_id, lead.assignment_state), (self.omar, False))

    def test_handing_a_lead_to_a_team_is_an_arrival(self):
        self.north.assignment_at_arrival = True
        lead = self._create_lead(team_id=self.south.id)
        lead.team_id = self.north
        self.assertEqual(lead.assignment_state, "waiting")
        self._run_cron()
        self.assertEqual(lead.user_id, self.omar)

    def test_two_at_the_same_time(self):
        """Who cannot know what the other does leaves the leads to the scheduled job."""
        lead = self._create_lead()
        self.env.flush_all()
        real = type(self.env.cr).execute

        def execute(cursor, query, *args, **kwargs):
            if "crm_team_member WHERE active" in str(getattr(query, "code", query)):
                # what PostgreSQL answers when the other one holds the members
                query = "DO $$ BEGIN RAISE lock_not_available; END $$"
            return real(cursor, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", execute)
        self.assertEqual(lead._assign_automatically(), lead)
        self.assertEqual(lead.assignment_state, "waiting")

    def test_a_hundred_leads_without_assignment_cost_nothing(self):
        values = [
            {"name": f"Lead {index}", "user_id": False, "team_id": self.south.id}
            for index in range(100)
        ]
        self.env["crm.team"]._get_arrival_settings()
        leads = self.env["crm.lead"].create(values)
        self.env.flush_all()
        with self.assertQueryCount(0):
            leads._queue_for_assignment()

    def test_core_assignment_keeps_to_our_way(self):
        self.env["ir.config_parameter"].set_param("crm.lead.auto.assignment", True)
        self.north.assignment_at_arrival = True
        self.of_omar.language_ids = self.english
        lead = self._create_lead(lang_id=self.arabic.id, date_open=False)
        lead.assignment_state = False
        self.north.with_user(self.mona).action_assign_leads()
        self.assertEqual(lead.user_id, self.rami)
        self.assertEqual(lead.type, "lead")

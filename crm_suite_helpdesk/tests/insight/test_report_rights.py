from odoo.exceptions import AccessError, MissingError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import InsightCommon

REPORTS = (
    "crm.ticket.performance.report",
    "crm.ticket.backlog.report",
    "crm.ticket.age.report",
    "crm.sla.report",
)


@tagged("post_install", "-at_install")
class TestReportRights(InsightCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.company"].create({"name": "Sister Ltd"})
        cls.sister.resource_calendar_id = cls.calendar.copy({"company_id": cls.sister.id})
        cls.sister_manager = new_test_user(
            cls.env,
            "hd_sister",
            "crm_suite_helpdesk.group_manager",
            company_id=cls.sister.id,
            company_ids=[Command.set(cls.sister.ids)],
        )
        cls.sister_team = cls.env["crm.ticket.team"].create(
            {"name": "Sister Support", "company_id": cls.sister.id, "user_id": False}
        )
        cls.mine = cls.create_ticket(user_id=cls.agent.id)
        cls.theirs = cls.create_ticket(team_id=cls.second_team.id, user_id=cls.colleague.id)
        cls.abroad = cls.env["crm.ticket"].create(
            {"name": "Abroad", "team_id": cls.sister_team.id, "company_id": cls.sister.id}
        )
        cls.travel(days=2)

    def teams(self, model, user):
        rows = self.env[model].with_user(user).search([])
        return rows.team_id.with_env(self.env)

    def test_everybody_reads_the_figures_of_tickets_that_he_may_read(self):
        for model in REPORTS:
            with self.subTest(model=model):
                self.assertEqual(self.teams(model, self.agent), self.team)
                self.assertEqual(self.teams(model, self.colleague), self.second_team)
                self.assertFalse(self.teams(model, self.outsider))
                self.assertEqual(self.teams(model, self.manager), self.team | self.second_team)

    def test_another_company_is_another_world(self):
        for model in REPORTS:
            if model == "crm.sla.report":
                continue  # nobody promised anything there
            with self.subTest(model=model):
                self.assertEqual(self.teams(model, self.sister_manager), self.sister_team)

    def test_employees_and_customers_read_nothing(self):
        for model in (*REPORTS, "crm.ticket.closing"):
            for user in (self.employee, self.customer_user):
                with self.subTest(model=model, user=user.login), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])

    def test_nobody_writes_a_report(self):
        row = self.env["crm.sla.report"].with_user(self.manager).search([], limit=1)
        with self.assertRaises(AccessError):
            row.write({"met": 1})

    def test_rows_open_what_they_are_about(self):
        user = self.manager
        row = self.env["crm.ticket.performance.report"].with_user(user).search([], limit=1)
        self.assertEqual(row.action_open_ticket()["res_id"], row.ticket_id.id)
        row = self.env["crm.sla.report"].with_user(user).search([], limit=1)
        self.assertEqual(row.action_open_clock()["res_id"], row.clock_id.id)
        # an id that somebody made up
        self.env.invalidate_all()
        with self.assertRaises(MissingError):
            self.env["crm.sla.report"].with_user(self.outsider).browse(row.id).action_open_clock()

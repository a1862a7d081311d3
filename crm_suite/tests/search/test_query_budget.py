from odoo.fields import Command

from ..common import CrmSuiteCase
from ..view_reads import read_form, read_kanban, read_list

FEW, MANY = 2, 40


class TestQueryBudget(CrmSuiteCase):
    """A screen costs as many queries with many records as with few."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # both with the rights of a leader: rules that ask for the team cost queries of their own
        cls.omar.group_ids |= cls.env.ref("crm_suite.group_team_leader")
        cls.env["crm.lead"].search([("user_id", "=", False)]).user_id = cls.sami
        cls.few = cls._create_many(cls.omar, FEW)
        cls.many = cls._create_many(cls.nora, MANY)
        cls.env.flush_all()

    @classmethod
    def _create_many(cls, user, number):
        """Leads and opportunities of a user with all that hangs on them in daily work."""
        contacts = cls.env["res.partner"].create(
            [
                {
                    "name": f"{user.name}'s contact {n}",
                    "email": f"{user.login}.{n}@example.com",
                    "phone": "079 000 1234",
                    "parent_id": cls.env["res.partner"].create({"name": f"Company {n}"}).id,
                }
                for n in range(number)
            ]
        )
        tags = cls.env["crm.tag"].create([{"name": f"{user.name} {n}"} for n in range(4)])
        leads = cls.env["crm.lead"].create(
            [
                {
                    "name": f"{kind} {n}",
                    "type": kind,
                    "partner_id": contact.id,
                    "user_id": user.id,
                    "team_id": cls.north.id,
                    "tag_ids": [Command.set(tags[: n % 4].ids)],
                    "line_ids": cls._prepare_lines([(cls.desk, 2), (cls.training, 1)]),
                }
                for kind in ("lead", "opportunity")
                for n, contact in enumerate(contacts)
            ]
        )
        for lead in leads:
            lead.activity_schedule("mail.mail_activity_data_todo", user_id=user.id)
        opportunities = leads.filtered(lambda lead: lead.type == "opportunity")
        for opportunity in opportunities[:10]:
            opportunity.with_user(user).action_new_quotation()
        cls.env["crm.interaction"].create(
            [
                {"name": "Call", "channel": "phone", "lead_id": lead.id, "user_id": user.id}
                for lead in leads
            ]
        )
        return leads

    def _count(self, user, read):
        """Queries of a screen that the user opens for the second time."""
        self.env.flush_all()
        for _time in range(2):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = read(self.env["crm.lead"].with_user(user))
            queries = self.env.cr.sql_log_count - before
        return queries, found

    def assertSameQueries(self, read, length, *, limit):
        """Compare a team leader who has few records with one who has many."""
        few, found_few = self._count(self.omar, read)
        many, found_many = self._count(self.nora, read)
        self.assertGreaterEqual(length(found_few), FEW)
        self.assertGreaterEqual(length(found_many), MANY)
        # a full page asks for the number of all
        self.assertLessEqual(many, few + 3, "queries for each record")
        self.assertLessEqual(few, limit)

    def _read_list(self, view, domain):
        view_id = self.env.ref(view).id
        return lambda model: read_list(model, view_id, [*domain, ("user_id", "=", model.env.uid)])

    def test_list_of_opportunities(self):
        self.assertSameQueries(
            self._read_list("crm.crm_case_tree_view_oppor", [("type", "=", "opportunity")]),
            lambda found: len(found["records"]),
            limit=40,
        )

    def test_list_of_leads(self):
        self.assertSameQueries(
            self._read_list("crm.crm_case_tree_view_leads", [("type", "=", "lead")]),
            lambda found: len(found["records"]),
            limit=40,
        )

    def test_list_of_what_is_looked_for(self):
        self.assertSameQueries(
            self._read_list(
                "crm.crm_case_tree_view_oppor",
                [("type", "=", "opportunity"), ("search_text", "ilike", "contact 079 000 1234")],
            ),
            lambda found: len(found["records"]),
            limit=40,
        )

    def test_kanban(self):
        view_id = self.env.ref("crm.crm_case_kanban_view_leads").id

        def read(model):
            domain = [("type", "=", "opportunity"), ("user_id", "=", model.env.uid)]
            return read_kanban(model, view_id, domain, "stage_id")

        self.assertSameQueries(
            read, lambda found: sum(group["__count"] for group in found["groups"]), limit=45
        )

    def test_form(self):
        """A form with one product, quotation and activity, and one with forty."""
        view_id = self.env.ref("crm.crm_lead_view_form").id
        small, big = (
            leads.filtered(lambda lead: lead.type == "opportunity")[0]
            for leads in (self.few, self.many)
        )
        big.line_ids = self._prepare_lines([(self.desk, 1)] * 40)
        for _time in range(5):
            big.with_user(self.nora).with_context(crm_new_quotation=True).action_new_quotation()
        few, _found = self._count(
            self.omar, lambda model: read_form(model.browse(small.id), view_id)
        )
        many, [found] = self._count(
            self.nora, lambda model: read_form(model.browse(big.id), view_id)
        )
        self.assertGreaterEqual(len(found["line_ids"]), 40)
        self.assertLessEqual(many, few + 4, "queries for each product or quotation")
        self.assertLessEqual(few, 80)

    def test_list_of_products(self):
        view_id = self.env.ref("crm_suite.crm_opportunity_line_view_list").id

        def read(model):
            lines = model.env["crm.opportunity.line"]
            return read_list(lines, view_id, [("user_id", "=", model.env.uid)])

        self.assertSameQueries(read, lambda found: len(found["records"]), limit=40)

    def test_list_of_contacts(self):
        view_id = self.env.ref("base.view_partner_tree").id

        def read(model):
            return read_list(
                model.env["res.partner"],
                view_id,
                [("search_text", "ilike", f"{model.env.user.name} contact")],
            )

        self.assertSameQueries(read, lambda found: len(found["records"]), limit=45)

    def test_reports(self):
        """Funnel, movement and performance are one query for any number of leads."""
        for report, groupby, measures in (
            ("crm.funnel.report", ["stage_id"], ["reached:sum", "move_rate:avg", "days:avg"]),
            ("crm.lead.movement.report", ["date:month"], ["arrived:sum", "won:sum"]),
            ("crm.sales.performance.report", ["user_id"], ["new_leads:sum", "interactions:sum"]),
        ):

            def read(model, report=report, spec=(tuple(groupby), tuple(measures))):
                domain = [("user_id", "=", model.env.uid)]
                return model.env[report].formatted_read_group(domain, *map(list, spec))

            with self.subTest(report):
                few, found_few = self._count(self.omar, read)
                many, found_many = self._count(self.nora, read)
                self.assertTrue(found_few and found_many)
                self.assertLessEqual(many, few + 3)
                self.assertLessEqual(few, 12)

    def test_list_of_moves(self):
        """The rows behind the funnel."""
        view_id = self.env.ref("crm_suite.crm_stage_move_view_list").id

        def read(model):
            moves = model.env["crm.stage.move"]
            return read_list(moves, view_id, [("user_id", "=", model.env.uid)])

        self.assertSameQueries(read, lambda found: len(found["records"]), limit=40)

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import QualificationCase

MODELS = ["crm.qualification.answer", "crm.lead.score.line", "crm.lead.score.hit"]


@tagged("post_install", "-at_install")
class TestSecurity(QualificationCase):
    """Answers, reasons and thresholds reached are seen by whoever sees the lead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_rule(domain='[("partner_id", "!=", False)]', points=60)
        cls.env["crm.lead.score.threshold"].create({"name": "Hot", "score": 50})
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.leads = {
            "omar": cls._create_lead(),
            "sami": cls._create_lead(user_id=cls.sami.id, team_id=cls.south.id),
            "nobody": cls._create_lead(user_id=False, team_id=cls.south.id),
            "other": cls._create_lead(user_id=False, team_id=False, company_id=cls.other.id),
        }
        for lead in cls.leads.values():
            lead.qualification_input = {cls.budget.id: "yes"}
        cls._end_transaction()

    def _visible(self, user, model):
        ids = [lead.id for lead in self.leads.values()]
        Model = self.env[model].with_user(user)
        found = Model.search([("lead_id", "in", ids)])
        counted = sum(
            group["__count"]
            for group in Model.formatted_read_group(
                [("lead_id", "in", ids)], ["lead_id"], ["__count"]
            )
        )
        self.assertEqual(counted, len(found))
        exported = found._export_rows([["lead_id", ".id"]])
        self.assertEqual({int(row[0]) for row in exported}, set(found.sudo().lead_id.ids))
        return {name for name, lead in self.leads.items() if lead in found.sudo().lead_id}

    def test_each_role_sees_what_is_on_its_leads(self):
        for user, expected in [
            (self.omar, {"omar", "nobody"}),
            (self.sami, {"sami", "nobody"}),
            (self.nora, {"omar", "nobody"}),
            (self.alia, {"omar", "sami", "nobody"}),
            (self.mona, {"omar", "sami", "nobody"}),
        ]:
            for model in MODELS:
                with self.subTest(user=user.name, model=model):
                    self.assertEqual(self._visible(user, model), expected)
        for user in (self.cora, self._create_user("porter", "base.group_portal")):
            for model in MODELS:
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])

    def test_answers_take_the_right_to_write_the_lead(self):
        foreign = self.leads["sami"]
        Answer = self.env["crm.qualification.answer"].with_user(self.omar)
        values = {"question_id": self.need.id, "text": "x"}
        with self.assertRaises(AccessError):
            Answer.create({"lead_id": foreign.id, **values})
        with self.assertRaises(AccessError):
            foreign.with_user(self.omar).qualification_input = {self.need.id: "x"}
        mine = Answer.create({"lead_id": self.leads["omar"].id, **values})
        with self.assertRaises(AccessError):
            mine.lead_id = foreign
        for answer in foreign.answer_ids.with_user(self.omar):
            with self.assertRaises(AccessError):
                answer.write({"yes_no": "no"})
            with self.assertRaises(AccessError):
                answer.unlink()
            with self.assertRaises(AccessError):
                answer.read(["value"])

    def test_scores_are_not_entered(self):
        lead = self.leads["omar"].with_user(self.omar)
        for model, values in [
            ("crm.lead.score.line", {"points": 99}),
            ("crm.lead.score.hit", {"result": "x"}),
        ]:
            record = self.env[model].with_user(self.omar).search([("lead_id", "=", lead.id)])
            self.assertTrue(record)
            with self.assertRaises(AccessError):
                record.write(values)
            with self.assertRaises(AccessError):
                record.unlink()
            with self.assertRaises(AccessError):
                record.with_user(self.mona).write(values)
        lead.write({"rule_score": 999})
        lead._update_scores()
        self.assertEqual(lead.rule_score, 60)

    def test_managers_make_the_rules(self):
        for model in (
            "crm.lead.score.rule",
            "crm.lead.score.group",
            "crm.lead.score.threshold",
            "crm.qualification.question",
            "crm.qualification.checklist",
        ):
            with self.subTest(model=model):
                for user in (self.omar, self.nora, self.alia):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).create({"name": "Mine"})
                record = self.env[model].with_user(self.mona).create({"name": "Mine"})
                record.name = "Ours"
                self.assertEqual(record.with_user(self.omar).name, "Ours")
                record.unlink()

    def test_companies_keep_apart(self):
        rule = self._create_rule(company_id=self.other.id)
        question = self.need.copy({"company_id": self.other.id})
        for record in (rule, question):
            with self.assertRaises(AccessError):
                record.with_user(self.mona).read(["name"])

    def test_answers_are_listed_with_what_their_lead_says(self):
        Answer = self.env["crm.qualification.answer"].with_user(self.alia)
        domain = [("lead_id", "in", [lead.id for lead in self.leads.values()])]
        groups = Answer.formatted_read_group(domain, ["team_id"], ["__count"])
        self.assertEqual(
            {group["team_id"][1]: group["__count"] for group in groups}, {"North": 1, "South": 2}
        )
        groups = Answer.formatted_read_group(
            domain,
            ["question_id", "yes_no"],
            ["__count", "number:avg", "amount:avg", "amount:sum_currency"],
        )
        self.assertEqual([group["__count"] for group in groups], [3])
        self.assertTrue(Answer.formatted_read_group(domain, ["won_status"], ["__count"]))

    def test_answers_are_found_by_lead_and_question(self):
        Answer = self.env["crm.qualification.answer"].with_user(self.alia)
        answer = Answer.search([("lead_id", "in", [lead.id for lead in self.leads.values()])])[:1]
        for text in (answer.lead_id.name, answer.question_id.name):
            found = Answer.name_search(text, limit=None)
            self.assertIn((answer.id, answer.display_name), found)
        self.assertFalse(Answer.name_search("nothing is called so"))

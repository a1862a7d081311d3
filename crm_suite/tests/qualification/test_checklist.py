from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import QualificationCase


@tagged("post_install", "-at_install")
class TestChecklist(QualificationCase):
    """Questions are answered on the lead, in any of its doors, and nothing known is lost."""

    def setUp(self):
        super().setUp()
        self.lead = self._create_lead().with_user(self.omar)

    def _answer(self, values, lead=None):
        (lead or self.lead).write({"qualification_input": values})

    def _values(self, lead=None):
        return {answer.question_id: answer.value for answer in (lead or self.lead).answer_ids}

    def test_answer_in_the_form(self):
        with Form(self.lead) as form:
            names = [question["name"] for question in form.qualification_sheet["questions"]]
            self.assertEqual(names, ["Need?", "Budget?", "Who signs?", "Price?", "Products?"])
            form.qualification_input = {
                str(self.need.id): "Forty chairs",
                str(self.budget.id): "yes",
                str(self.decider.id): self.boss.id,
            }
        self.assertEqual(
            self._values(),
            {self.need: "Forty chairs", self.budget: "Yes", self.decider: "Boss"},
        )
        self.assertEqual(self.lead.qualification_progress, "3 of 5")
        self.assertTrue(self.lead.is_qualified)
        self.assertFalse(self.lead.qualification_input, "it would be sent again with the next one")
        sheet = {q["id"]: q for q in self.lead.qualification_sheet["questions"]}
        self.assertEqual(sheet[self.decider.id]["value"], self.boss.id)
        self.assertIn("Omar", sheet[self.need.id]["by"])

    def test_answer_a_lead_that_is_being_entered(self):
        form = Form(self.env["crm.lead"].with_user(self.omar).with_context(default_type="lead"))
        form.name = "Tables"
        form.team_id = self.north
        self.assertEqual(len(form.qualification_sheet["questions"]), 5)
        form.qualification_input = {str(self.budget.id): "no"}
        lead = form.save()
        self.assertEqual(self._values(lead), {self.budget: "No"})

    def test_each_kind_of_answer(self):
        school = self.uses.option_ids[2]
        for question, value, text in [
            (self.need, " A desk\0 ", "A desk"),
            (self.budget, True, "Yes"),
            (self.budget, "no", "No"),
            (self.decider, "board", "Board"),
            (self.price, "1,250.5", "$\xa01,250.50"),
            (self.price, "٢٥٠", "$\xa0250.00"),
            (self.price, 0, "$\xa00.00"),
            (self.day, "2030-03-31", "03/31/2030"),
            (self.wish, [self.desk.id], "Oak desk"),
            (self.wish, "Oak desk, Training day", "Oak desk, Training day"),
            (self.uses, "Office, School", "Office, School"),
            (self.uses, [school.id], "School"),
        ]:
            with self.subTest(question=question.name, value=value):
                self._answer({question.id: value})
                self.assertEqual(self._values()[question], text)

    def test_an_empty_answer_is_deleted(self):
        self._answer({self.need.id: "Chairs", self.decider.id: self.boss.id})
        self._answer({self.need.id: "  ", self.decider.id: False})
        self.assertFalse(self.lead.answer_ids)

    def test_what_is_no_answer_is_refused(self):
        foreign = self.uses.option_ids[:1]
        for question, value in [
            (self.budget, "perhaps"),
            (self.decider, foreign.id),
            (self.decider, {"id": 1}),
            (self.decider, 2**40),
            (self.price, "much"),
            (self.price, "nan"),
            (self.price, "1e300"),
            (self.day, "2030-02-31"),
            (self.day, 20300101),
            (self.wish, ["Nothing of ours"]),
            (self.wish, [-1]),
            (self.uses, [foreign.id, self.boss.id]),
            (self.need, "x" * 6000),
            (self.need, ["a list"]),
        ]:
            with (
                self.subTest(question=question.name, value=str(value)[:20]),
                self.assertRaises(ValidationError),
            ):
                self._answer({question.id: value})
        for strange in ("text", ["a"], 7):
            with self.subTest(strange=strange), self.assertRaises(ValidationError):
                self._answer(strange)
        self.assertFalse(self.lead.answer_ids)

    def test_an_answer_fits_its_question_whoever_writes_it(self):
        Answer = self.env["crm.qualification.answer"].with_user(self.omar)
        for values in [
            {"question_id": self.budget.id},
            {"question_id": self.budget.id, "text": "yes"},
            {"question_id": self.decider.id, "option_ids": self.uses.option_ids.ids},
            {"question_id": self.decider.id, "option_ids": self.decider.option_ids.ids},
        ]:
            with self.subTest(values=values), self.assertRaises(ValidationError):
                Answer.create({"lead_id": self.lead.id, **values})
        answer = Answer.create(
            {"lead_id": self.lead.id, "question_id": self.budget.id, "yes_no": "yes"}
        )
        with self.assertRaises(UserError):
            answer.question_id = self.need

    def test_import_leads_with_answers(self):
        result = (
            self.env["crm.lead"]
            .with_user(self.mona)
            .load(
                ["name", "type", "team_id", "answer_ids/question_id", "answer_ids/value"],
                [
                    ["Imported", "opportunity", "North", "Budget?", "yes"],
                    ["", "", "", "Who signs?", "Board"],
                    ["", "", "", "Price?", "900"],
                    ["Also imported", "opportunity", "North", "Used for?", "Office, Home"],
                ],
            )
        )
        self.assertFalse(result["messages"])
        first, second = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(
            self._values(first),
            {self.budget: "Yes", self.decider: "Board", self.price: "$\xa0900.00"},
        )
        self.assertEqual(self._values(second), {self.uses: "Office, Home"})
        result = (
            self.env["crm.lead"]
            .with_user(self.mona)
            .load(
                ["name", "answer_ids/question_id", "answer_ids/value"],
                [["Bad", "Budget?", "maybe"]],
            )
        )
        self.assertIn("“maybe” is no answer to “Budget?”", result["messages"][0]["message"])

    def test_archived_questions_and_choices_keep_their_answers(self):
        self._answer({self.budget.id: "yes", self.decider.id: self.boss.id})
        self.budget.active = False
        self.boss.active = False
        sheet = self.lead.qualification_sheet
        self.assertNotIn(self.budget.id, [question["id"] for question in sheet["questions"]])
        self.assertEqual([other["text"] for other in sheet["others"]], ["Yes"])
        decider = next(q for q in sheet["questions"] if q["id"] == self.decider.id)
        self.assertEqual([option["name"] for option in decider["options"]], ["Board", "Boss"])
        self.assertEqual(decider["value"], self.boss.id)

    def test_a_question_that_was_answered_stays_what_it_is(self):
        self._answer({self.budget.id: "yes"})
        with self.assertRaises(UserError):
            self.budget.kind = "text"
        with self.assertRaises(UserError):
            self.budget.unlink()
        self.day.unlink()

    def test_an_answer_to_a_deleted_question_becomes_a_note(self):
        gone = self.day.id
        self.day.unlink()
        self._answer({gone: "2030-01-01", self.budget.id: "no", "abc": "?", str(10**12): "x"})
        self.assertEqual(self._values(), {self.budget: "No"})
        self.assertIn("2030-01-01", self.lead.message_ids[:1].body)

    def test_another_team_asks_other_questions(self):
        self._answer({self.budget.id: "yes", self.need.id: "Chairs"})
        self.env["crm.qualification.checklist"].create(
            {
                "name": "South asks",
                "team_ids": self.south.ids,
                "line_ids": [(0, 0, {"question_id": self.need.id})],
            }
        )
        lead = self.lead.with_user(self.alia)
        lead.write({"user_id": self.sami.id, "team_id": self.south.id})
        self.assertEqual(lead.qualification_progress, "1 of 1")
        self.assertEqual([other["text"] for other in lead.qualification_sheet["others"]], ["Yes"])

    def test_which_check_list_applies(self):
        Checklist = self.env["crm.qualification.checklist"]
        general = Checklist.create({"name": "For all", "company_id": False})
        other_company = self.env["res.company"].create({"name": "Other"})
        foreign = Checklist.create({"name": "Other's", "company_id": other_company.id})
        foreign.sequence, self.checklist.use_on = 1, "opportunity"

        def find(team, lead_type, company=self.company):
            return Checklist.browse(Checklist._find(team, company, lead_type).id)

        self.assertEqual(find(self.north, "opportunity"), self.checklist)
        self.assertEqual(find(self.north, "lead"), general)
        self.assertEqual(find(self.south, "opportunity"), general)
        self.assertEqual(find(self.south, "opportunity", other_company), foreign)
        general.active = False
        self.assertIsNone(Checklist._find(self.south, self.company, "lead"))
        self.assertFalse(self._create_lead(team_id=self.south.id).qualification_progress)

    def test_search_qualified_leads_as_they_show(self):
        self._answer({self.need.id: "x", self.budget.id: "no", self.decider.id: "Boss"})
        leads = (
            self.lead
            | self._create_lead()
            | self._create_lead(team_id=self.south.id, user_id=self.sami.id)
        ).with_user(self.alia)
        for value in (True, False):
            found = leads.search([("id", "in", leads.ids), ("is_qualified", "=", value)])
            self.assertEqual(found, leads.filtered(lambda lead: lead.is_qualified is value))  # noqa: B023

    def test_a_copied_lead_knows_as_much(self):
        self._answer({self.budget.id: "yes", self.uses.id: "Home"})
        self.assertEqual(self._values(self.lead.copy()), self._values())

    def test_merged_leads_bring_their_answers(self):
        other = self._create_lead(name="Chairs again")
        self._answer({self.budget.id: "yes"})
        self._answer({self.budget.id: "no", self.need.id: "Ten chairs"}, other)
        merged = (self.lead.sudo() | other).merge_opportunity()
        self.assertEqual(set(self._values(merged)), {self.budget, self.need})
        notes = " ".join(merged.message_ids.mapped("body"))
        dropped = {"Yes", "No"} - {self._values(merged)[self.budget]}
        self.assertIn(f"Budget? {dropped.pop()}", notes)

    def test_no_queries_per_lead(self):
        leads = self.env["crm.lead"].create(
            [{"name": str(i), "type": "lead", "team_id": self.north.id} for i in range(30)]
        )
        for lead in leads:
            lead.qualification_input = {self.budget.id: "yes", self.need.id: "x"}
        self.env.flush_all()
        self.env.invalidate_all()
        leads[:1].mapped("qualification_progress")
        self.env.invalidate_all()
        with self.assertQueryCount(__system__=6):
            leads.mapped("qualification_progress")

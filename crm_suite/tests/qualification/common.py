from odoo.fields import Command

from ..common import CrmSuiteCase


class QualificationCase(CrmSuiteCase):
    """Team North asks five questions; no rule and no threshold of the default data is active.

    The budget must be known before an opportunity comes to the stage Proposition of the scene,
    and the need before a lead is converted.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.qualification.checklist"].search([]).active = False
        cls.env["crm.lead.score.rule"].search([]).active = False
        cls.env["crm.lead.score.threshold"].search([]).active = False
        cls.stages = cls.env["crm.stage"].create(
            [
                {"name": name, "sequence": 500 + 10 * place, "team_ids": cls.north.ids}
                for place, name in enumerate(["Fresh", "Talking", "Proposing", "Closing"])
            ]
            + [
                {"name": "Sold", "sequence": 600, "is_won": True, "team_ids": cls.north.ids},
            ]
        )
        cls.fresh, cls.talking, cls.proposing, cls.closing, cls.sold = cls.stages
        Question = cls.env["crm.qualification.question"]
        cls.need, cls.budget, cls.decider, cls.price, cls.day, cls.wish, cls.uses = Question.create(
            [
                {"name": "Need?", "kind": "text", "topic": "1_need"},
                {"name": "Budget?", "kind": "boolean", "topic": "2_budget"},
                {
                    "name": "Who signs?",
                    "kind": "choice",
                    "option_ids": [Command.create({"name": name}) for name in ("Boss", "Board")],
                },
                {"name": "Price?", "kind": "amount"},
                {"name": "By when?", "kind": "date"},
                {"name": "Products?", "kind": "products"},
                {
                    "name": "Used for?",
                    "kind": "choices",
                    "option_ids": [
                        Command.create({"name": name}) for name in ("Office", "Home", "School")
                    ],
                },
            ]
        )
        cls.boss, cls.board = cls.decider.option_ids
        cls.checklist = cls.env["crm.qualification.checklist"].create(
            {
                "name": "North asks",
                "team_ids": cls.north.ids,
                "line_ids": [
                    Command.create({"question_id": cls.need.id, "gate_conversion": True}),
                    Command.create(
                        {"question_id": cls.budget.id, "gate_stage_id": cls.proposing.id}
                    ),
                    Command.create({"question_id": cls.decider.id}),
                    Command.create({"question_id": cls.price.id, "required": False}),
                    Command.create({"question_id": cls.wish.id, "required": False}),
                ],
            }
        )

    @classmethod
    def _create_lead(cls, **values):
        return cls._create_opportunity(
            **{"name": "Chairs", "type": "lead", "stage_id": cls.fresh.id, **values}
        )

    @classmethod
    def _create_rule(cls, **values):
        return cls.env["crm.lead.score.rule"].create({"name": "A rule", "points": 10, **values})

    @classmethod
    def _end_transaction(cls):
        """Do what happens when the transaction of a user ends."""
        cls.env.cr.flush()

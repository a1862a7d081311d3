from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmTicketGuide(models.Model):
    """How tickets of some kind are answered: steps, tone, and what an agent may decide himself."""

    _name = "crm.ticket.guide"
    _description = "Ticket Guide"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty for a guide of all companies."
    )
    category_ids = fields.Many2many(
        "crm.ticket.category",
        string="Categories",
        help="The guide is shown on tickets of these categories and of those below them. Leave "
        "empty to show it on all tickets.",
    )
    team_ids = fields.Many2many(
        "crm.ticket.team",
        string="Teams",
        context={"active_test": False},
        help="Leave empty to show it in all teams.",
    )
    step_ids = fields.One2many("crm.ticket.guide.step", "guide_id", "Procedure", copy=True)
    tone = fields.Html(
        "Tone of Voice",
        translate=True,
        help="How we speak with customers about this: what to say, and what not to.",
    )
    authority_ids = fields.One2many(
        "crm.ticket.authority", "guide_id", "What an Agent May Decide", copy=True
    )
    answer_hours = fields.Float(
        "Standard Answer Time",
        help="Working hours within which the customer is answered. The promise of a service "
        "level goes before it.",
    )
    step_count = fields.Integer("Steps", compute="_compute_counts")
    authority_count = fields.Integer("Decisions", compute="_compute_counts")

    _answer_hours_positive = models.Constraint(
        "CHECK (answer_hours >= 0)", "The standard answer time cannot be negative."
    )

    @api.depends("step_ids", "authority_ids")
    def _compute_counts(self):
        for guide in self:
            guide.step_count = len(guide.step_ids)
            guide.authority_count = len(guide.authority_ids)

    @api.constrains("company_id", "team_ids")
    def _check_teams(self):
        for guide in self:
            strangers = guide.team_ids.filtered(
                lambda team, guide=guide: guide.company_id and team.company_id != guide.company_id
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(teams)s: not a team of %(company)s.",
                        teams=", ".join(strangers.mapped("name")),
                        company=guide.company_id.name,
                    )
                )

    def copy_data(self, default=None):
        return [
            {**values, "name": self.env._("%s (copy)", guide.name)}
            for guide, values in zip(self, super().copy_data(default), strict=True)
        ]

    @api.model
    def _get_for(self, ticket):
        """The guides of a ticket, what is most specific first."""
        category_ids = [
            int(key) for key in (ticket.category_id.parent_path or "").split("/") if key
        ]
        guides = self.search(
            [
                ("company_id", "in", [False, ticket.company_id.id]),
                "|",
                ("team_ids", "=", False),
                ("team_ids", "in", ticket.team_id.ids),
                "|",
                ("category_ids", "=", False),
                ("category_ids", "in", category_ids),
            ]
        )
        depth = {category_id: i for i, category_id in enumerate(category_ids, 1)}
        return guides.sorted(
            lambda guide: -max((depth.get(id_, 0) for id_ in guide.category_ids.ids), default=0)
        )

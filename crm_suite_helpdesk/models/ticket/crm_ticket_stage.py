from odoo import api, fields, models
from odoo.exceptions import UserError

# Stages in which nobody works on the ticket any more
CLOSED_TYPES = ("solved", "closed", "cancelled", "spam")


class CrmTicketStage(models.Model):
    """A column of the ticket board. What it means to the rest of the system is its type."""

    _name = "crm.ticket.stage"
    _description = "Ticket Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    type = fields.Selection(
        [
            ("new", "New"),
            ("open", "In progress"),
            ("waiting_customer", "Waiting for customer"),
            ("waiting_third", "Waiting for third party"),
            ("solved", "Solved"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
            ("spam", "Spam"),
        ],
        required=True,
        default="open",
        help="What the stage means. Time to resolution is not counted while waiting for the "
        "customer, and ends when the ticket is solved or closed.",
    )
    sequence = fields.Integer(default=10)
    fold = fields.Boolean(
        "Folded in Kanban", help="Show the column of this stage folded on the board."
    )
    team_ids = fields.Many2many(
        "crm.ticket.team",
        string="Teams",
        ondelete="restrict",
        context={"active_test": False},  # what is archived still limits
        help="Teams that use this stage. Leave empty to offer it to all teams.",
    )
    description = fields.Text(
        translate=True, help="Shown to agents as a tooltip over the column of this stage."
    )
    active = fields.Boolean(default=True)

    def write(self, vals):
        changed = self.filtered(lambda s: s.type != vals["type"]) if "type" in vals else self[:0]
        # sudo: tickets that the manager may not see count as well
        if changed and self.env["crm.ticket"].sudo().with_context(active_test=False).search_count(
            [("stage_id", "in", changed.ids)], limit=1
        ):
            raise UserError(
                self.env._(
                    "Stages that hold tickets cannot get another type, because the service level "
                    "of those tickets was measured with the present one. Move the tickets to "
                    "another stage first."
                )
            )
        return super().write(vals)

    @api.model
    def _get_team_stages(self, team, types):
        """Stages of one of these types that a team may use, in their order."""
        return self.search(
            [("type", "in", types), "|", ("team_ids", "=", False), ("team_ids", "in", team.ids)]
        )

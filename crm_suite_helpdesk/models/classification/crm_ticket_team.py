from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTicketTeam(models.Model):
    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    ticket_properties = fields.PropertiesDefinition(
        help="Fields of its own that this team has on its tickets."
    )
    available_stage_ids = fields.Many2many(
        "crm.ticket.stage",
        string="Stages",
        compute="_compute_available_stage_ids",
        help="The columns of the board of this team: its own stages, and those of all teams.",
    )

    def _compute_available_stage_ids(self):
        stages = self.env["crm.ticket.stage"].search(
            ["|", ("team_ids", "=", False), ("team_ids", "in", self.ids)]
        )
        for team in self:
            team.available_stage_ids = stages.filtered(
                lambda stage, team=team: not stage.team_ids or team._origin in stage.team_ids
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_own_categories(self):
        """A category that loses its last team would be offered to all teams."""
        categories = (
            self.env["crm.ticket.category"]
            .with_context(active_test=False)
            .search([("team_ids", "in", self.ids)])
        )
        if categories:
            raise UserError(
                self.env._(
                    "%(teams)s cannot be deleted, because categories are limited to it: "
                    "%(categories)s. Archive it, or change the categories first.",
                    teams=", ".join((categories.team_ids & self).mapped("display_name")),
                    categories=", ".join(categories.mapped("display_name")),
                )
            )

    def action_new_stage(self):
        """A stage that this team alone will use."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Stage of %s", self.name),
            "res_model": "crm.ticket.stage",
            "view_mode": "form",
            "target": "new",
            "context": {"default_team_ids": self.ids},
        }

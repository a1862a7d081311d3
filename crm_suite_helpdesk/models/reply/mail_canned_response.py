from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MailCannedResponse(models.Model):
    """Canned replies of teams, with words that stand for something of the ticket."""

    _inherit = "mail.canned.response"

    ticket_team_ids = fields.Many2many(
        "crm.ticket.team",
        "crm_ticket_team_mail_canned_response_rel",
        string="Helpdesk Teams",
        help="The members of these teams use it, on tickets of these teams.",
    )
    ticket_category_ids = fields.Many2many(
        "crm.ticket.category",
        "crm_ticket_category_mail_canned_response_rel",
        string="Categories",
        help="Offered first on tickets of these categories and of those below them.",
    )
    ticket_lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        "Language",
        help="Offered first to customers who speak it.",
    )
    ticket_use_ids = fields.One2many("crm.ticket.reply.use", "canned_id", "Used on")
    ticket_use_count = fields.Integer(
        "Uses on Tickets",
        compute="_compute_ticket_use_count",
        groups="crm_suite_helpdesk.group_agent",
    )

    def _compute_ticket_use_count(self):
        counts = dict(
            self.env["crm.ticket.reply.use"]._read_group(
                [("canned_id", "in", self.ids)], ["canned_id"], ["__count"]
            )
        )
        for reply in self:
            reply.ticket_use_count = counts.get(reply._origin, 0)

    @api.constrains("substitution")
    def _check_placeholders(self):
        for reply in self:
            self.env["crm.ticket"]._check_placeholders(reply.substitution or "")

    @api.constrains("ticket_team_ids")
    def _check_teams(self):
        """Nobody offers his texts to teams that he has nothing to do with."""
        user = self.env.user
        # Constraints are checked as superuser: who the user is decides
        if user._is_superuser() or user.has_group("crm_suite_helpdesk.group_manager"):
            return
        # sudo: a refusal must be able to name the team
        if strangers := self.sudo().ticket_team_ids - user.sudo().ticket_team_ids:
            raise ValidationError(
                self.env._(
                    "You do not belong to %s. Ask a manager to share the reply with this team.",
                    ", ".join(strangers.mapped("name")),
                )
            )

    def action_open_uses(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_reply_use_action"
        )
        action["domain"] = [("canned_id", "in", self.ids)]
        return action

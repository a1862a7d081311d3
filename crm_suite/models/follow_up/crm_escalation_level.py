from odoo import api, fields, models
from odoo.exceptions import ValidationError

LONGEST_DAYS = 365


class CrmEscalationLevel(models.Model):
    """Whom a sales team tells of a stalled opportunity, and after how many days."""

    _name = "crm.escalation.level"
    _description = "Escalation Level"
    _order = "team_id, days, id"
    _rec_name = "recipient"

    team_id = fields.Many2one(
        "crm.team", "Sales Team", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="team_id.company_id")
    days = fields.Integer(
        "Days after It Stalled",
        required=True,
        help="Each level waits for the one before it, so that there is time to act.",
    )
    recipient = fields.Selection(
        [("salesperson", "Salesperson"), ("leader", "Team Leader"), ("user", "Named User")],
        "Who",
        required=True,
        default="salesperson",
        help="Without a salesperson, the team leader is told.",
    )
    user_id = fields.Many2one(
        "res.users",
        domain=[("share", "=", False)],
        ondelete="restrict",
        help="Must be allowed to see the opportunity.",
    )
    kind = fields.Selection(
        [("activity", "Activity"), ("notification", "Notification")],
        "How",
        required=True,
        default="activity",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        domain="[('res_model', 'in', [False, 'crm.lead'])]",
        default=lambda self: self.env.ref("mail.mail_activity_data_todo", False),
        ondelete="restrict",
    )

    _once_per_team = models.UniqueIndex(
        "(team_id, days, recipient, COALESCE(user_id, 0))",
        "Two escalation levels tell the same person on the same day.",
    )

    @api.constrains("days")
    def _check_days(self):
        for level in self:
            if not 0 <= level.days <= LONGEST_DAYS:
                raise ValidationError(
                    self.env._("An escalation level takes from 0 to %s days.", LONGEST_DAYS)
                )

    @api.constrains("recipient", "user_id", "kind", "activity_type_id")
    def _check_complete(self):
        for level in self:
            if level.recipient == "user" and not level.user_id:
                raise ValidationError(self.env._("Choose the user whom the level tells."))
            if level.kind == "activity" and not level.activity_type_id:
                raise ValidationError(self.env._("Choose the type of the activity of the level."))

    def _get_user(self, lead):
        """Whom this level tells about a lead; nobody when there is none.

        :return: users that may be unable to read the lead
        """
        self.ensure_one()
        if self.recipient == "user":
            return self.user_id
        return lead.responsible_id if self.recipient == "salesperson" else lead.team_id.user_id

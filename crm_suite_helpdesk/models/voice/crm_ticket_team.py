from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Longer than the cron ever looks back would mean never
MAX_DELAY_HOURS = 96
MAX_DAYS = 3650


class CrmTicketTeam(models.Model):
    """Whether and how the customers of a team are asked whether they were content."""

    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    survey_enabled = fields.Boolean(
        "Ask Customers after Closing",
        help="When a ticket was solved or closed, its customer gets an e-mail with three faces, in "
        "his language, and finds them on the page of his ticket, too.",
    )
    survey_since = fields.Datetime(
        "Asking since",
        compute="_compute_survey_since",
        store=True,
        readonly=True,
        copy=False,
        help="Tickets that were closed before are not asked about.",
    )
    survey_delay_hours = fields.Integer(
        "Ask after (hours)",
        default=1,
        help="How long to wait after closing. A ticket that is opened again before is not asked "
        "about.",
    )
    survey_cooldown_days = fields.Integer(
        "Leave in Peace for (days)",
        default=14,
        help="A contact that was asked is not asked again in this time, by any team of the "
        "company. 0: after every closing.",
    )
    survey_lock_days = fields.Integer(
        "Answers Count for (days)",
        default=14,
        help="So long a customer may answer, and change his answer. Every answer is kept.",
    )
    survey_template_id = fields.Many2one(
        "mail.template",
        "E-mail of the Survey",
        domain="[('model', '=', 'crm.ticket.survey')]",
        ondelete="restrict",
        default=lambda self: self.env.ref(
            "crm_suite_helpdesk.mail_template_survey", raise_if_not_found=False
        ),
    )
    survey_alert = fields.Boolean(
        "To-do for Unhappy Customers",
        default=True,
        help="Whoever is responsible for the ticket is reminded to talk to an unhappy customer.",
    )

    # ------------------------------------------------------------------ compute

    @api.depends("survey_enabled")
    def _compute_survey_since(self):
        """Nobody is asked about what was closed before the survey was switched on."""
        for team in self:
            if team.survey_enabled:
                team.survey_since = team.survey_since or self.env["crm.ticket"]._now()
            else:
                team.survey_since = False

    # ------------------------------------------------------------------ constraints

    @api.constrains("survey_delay_hours", "survey_cooldown_days", "survey_lock_days")
    def _check_survey_times(self):
        for team in self:
            if not 0 <= team.survey_delay_hours <= MAX_DELAY_HOURS:
                raise ValidationError(
                    self.env._(
                        "Ask between 0 and %s hours after closing: later nobody remembers.",
                        MAX_DELAY_HOURS,
                    )
                )
            if not 0 <= team.survey_cooldown_days <= MAX_DAYS:
                raise ValidationError(
                    self.env._("Leave customers in peace for 0 to %s days.", MAX_DAYS)
                )
            if not 1 <= team.survey_lock_days <= MAX_DAYS:
                raise ValidationError(self.env._("Answers must count for 1 to %s days.", MAX_DAYS))

    @api.constrains("survey_template_id")
    def _check_survey_template(self):
        for team in self:
            # sudo: whoever sets up a team need not read all templates
            template = team.sudo().survey_template_id
            if template and template.model != "crm.ticket.survey":
                raise ValidationError(
                    self.env._("%s is not an e-mail for surveys.", template.display_name)
                )

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.crm_suite.lib.working_time import epoch

LONGEST_DAYS = 365
# Switching one of these on begins with what is waiting then
SINCE = {"reminder_active": "reminder_since", "autoclose_active": "autoclose_since"}


class CrmTicketTeam(models.Model):
    """What a team does about customers who do not answer its questions."""

    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    reminder_active = fields.Boolean(
        "Remind Customers",
        help="A customer who has to answer is reminded, once, in his language.",
    )
    reminder_days = fields.Integer(
        "Remind After", default=3, help="Working days of silence after the last message."
    )
    reminder_template_id = fields.Many2one(
        "mail.template",
        "Reminder",
        domain=[("model", "=", "crm.ticket")],
        ondelete="set null",
        default=lambda self: self._get_default_template("mail_template_ticket_reminder"),
    )
    reminder_since = fields.Datetime(
        readonly=True, copy=False, help="Silence is counted from here on."
    )
    autoclose_active = fields.Boolean(
        "Close Silent Tickets",
        help="A ticket that waits for its customer is closed when he stays silent. He is warned "
        "first; an answer opens the ticket again.",
    )
    autoclose_days = fields.Integer(
        "Close After", default=10, help="Working days of silence after the last message."
    )
    autoclose_warning_days = fields.Integer(
        "Warn Before",
        default=3,
        help="Working days that the customer has to answer after the warning. Nothing is closed "
        "before they have passed, whatever happens.",
    )
    autoclose_warning_template_id = fields.Many2one(
        "mail.template",
        "Warning",
        domain=[("model", "=", "crm.ticket")],
        ondelete="set null",
        default=lambda self: self._get_default_template("mail_template_ticket_warning"),
    )
    autoclose_template_id = fields.Many2one(
        "mail.template",
        "Last Message",
        domain=[("model", "=", "crm.ticket")],
        ondelete="set null",
        default=lambda self: self._get_default_template("mail_template_ticket_closing"),
        help="Sent when the ticket is closed. Empty: it is closed without a word.",
    )
    autoclose_stage_id = fields.Many2one(
        "crm.ticket.stage",
        "Close To",
        domain="[('type', 'in', ('closed', 'solved')), "
        "'|', ('team_ids', '=', False), ('team_ids', 'in', id)]",
        ondelete="restrict",
        help="Empty: the first stage of the team that is closed.",
    )
    autoclose_since = fields.Datetime(
        readonly=True, copy=False, help="Silence is counted from here on."
    )

    @api.constrains(
        "reminder_active",
        "reminder_days",
        "autoclose_active",
        "autoclose_days",
        "autoclose_warning_days",
    )
    def _check_silence_days(self):
        for team in self:
            days = (team.reminder_days, team.autoclose_days, team.autoclose_warning_days)
            if not all(0 < number <= LONGEST_DAYS for number in days):
                raise ValidationError(
                    self.env._(
                        "Customers are reminded, warned and given up after 1 to %s working days.",
                        LONGEST_DAYS,
                    )
                )
            if team.autoclose_days <= team.autoclose_warning_days:
                raise ValidationError(
                    self.env._(
                        "A ticket is closed after %(close)s working days of silence, so its "
                        "customer cannot be warned %(warn)s working days before.",
                        close=team.autoclose_days,
                        warn=team.autoclose_warning_days,
                    )
                )
            if (
                team.reminder_active
                and team.autoclose_active
                and team.reminder_days >= team.autoclose_days - team.autoclose_warning_days
            ):
                raise ValidationError(
                    self.env._(
                        "The reminder after %(remind)s working days would not come before the "
                        "warning after %(warn)s.",
                        remind=team.reminder_days,
                        warn=team.autoclose_days - team.autoclose_warning_days,
                    )
                )

    @api.constrains("autoclose_stage_id")
    def _check_autoclose_stage_id(self):
        for team in self:
            stage = team.autoclose_stage_id
            if stage and (
                stage.type not in ("closed", "solved")
                or (stage.team_ids and team not in stage.team_ids)
            ):
                raise ValidationError(
                    self.env._(
                        "%(stage)s is no stage in which tickets of %(team)s are closed.",
                        stage=stage.name,
                        team=team.name,
                    )
                )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._begin_now(vals) for vals in vals_list])

    def write(self, vals):
        for flag, since in SINCE.items():
            if vals.get(flag) and since not in vals:
                # What has been waiting for months is not given up the moment this is switched on
                asleep = self.filtered(lambda team, flag=flag: not team[flag])
                super(CrmTicketTeam, asleep).write({since: self.env["crm.ticket"]._now()})
        return super().write(vals)

    @api.model
    def _begin_now(self, vals):
        now = self.env["crm.ticket"]._now()
        return {**{since: now for flag, since in SINCE.items() if vals.get(flag)}, **vals}

    # ------------------------------------------------------------------ business

    def _get_silence_bounds(self):
        """What may be due in this team at the earliest: {step that was taken: days}."""
        self.ensure_one()
        warn = self.autoclose_days - self.autoclose_warning_days
        firsts = [
            *([self.reminder_days] if self.reminder_active else []),
            *([warn] if self.autoclose_active else []),
        ]
        bounds = {False: min(firsts)} if firsts else {}
        if self.autoclose_active:
            bounds.update(reminded=warn, warned=self.autoclose_warning_days)
        return bounds

    def _get_autoclose_stage(self):
        """Where silent tickets of this team go; empty when it has no such stage."""
        self.ensure_one()
        if self.autoclose_stage_id.active:
            return self.autoclose_stage_id
        Stage = self.env["crm.ticket.stage"]
        return (
            Stage._get_team_stages(self, ["closed"])[:1]
            or Stage._get_team_stages(self, ["solved"])[:1]
        )

    def _get_silence_start(self, ticket, since):
        """From when on silence counts, epoch seconds."""
        return epoch(max(filter(None, (ticket.silent_since, since))))

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .crm_attention_mixin import STALL_DAYS, STEP_DAYS

LONGEST_HOURS = 24 * 31
LONGEST_DAYS = 365


class CrmTeam(models.Model):
    _name = "crm.team"
    _inherit = ["crm.team"]

    first_contact_promise = fields.Boolean(
        tracking=True,
        default=True,
        help="Promise the customer a first contact within some working hours.",
    )
    first_contact_hours = fields.Float(
        "First Contact within",
        tracking=True,
        default=4.0,
        help="Working hours from the arrival of a lead to the first contact. Leads that are "
        "waiting keep what they were promised.",
    )
    first_contact_scope = fields.Selection(
        [("lead", "Leads"), ("all", "Leads and Opportunities")],
        "First Contact Promised to",
        tracking=True,
        default="lead",
        required=True,
        help="Opportunities that nobody entered as leads have often been talked to already.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        ondelete="restrict",
        check_company=True,
        domain="[('flexible_hours', '=', False), ('company_id', 'in', [company_id, False])]",
        help="Empty: those of the company.",
    )
    stall_watch = fields.Boolean(
        "Watch for Stalled Opportunities",
        tracking=True,
        default=True,
        help="Show opportunities on which nothing happens, and tell people step by step.",
    )
    stall_days = fields.Integer(
        "Stalled after",
        tracking=True,
        default=STALL_DAYS,
        help="Days without anything logged. A stage with its own days to rot goes by those.",
    )
    step_days = fields.Integer(
        "Without Next Step after",
        tracking=True,
        default=STEP_DAYS,
        help="Days without anything logged when there is no next step either.",
    )
    snooze_max_days = fields.Integer(
        "Longest Snooze",
        tracking=True,
        default=60,
        help="Days for which an opportunity may be snoozed at a time.",
    )
    escalation_level_ids = fields.One2many(
        "crm.escalation.level",
        "team_id",
        "Escalation Levels",
        copy=True,
        groups="sales_team.group_sale_salesman",
    )

    @api.constrains("first_contact_promise", "first_contact_hours")
    def _check_first_contact_hours(self):
        for team in self.filtered("first_contact_promise"):
            if not 0 < team.first_contact_hours <= LONGEST_HOURS:
                raise ValidationError(
                    self.env._(
                        "Sales team %(team)s: promise a first contact within more than 0 and at "
                        "most %(most)s working hours, or switch the promise off.",
                        team=team.name,
                        most=LONGEST_HOURS,
                    )
                )

    @api.constrains("stall_days", "step_days", "snooze_max_days")
    def _check_days(self):
        for team in self:
            for name, least in (("stall_days", 1), ("step_days", 0), ("snooze_max_days", 1)):
                if not least <= team[name] <= LONGEST_DAYS:
                    raise ValidationError(
                        self.env._(
                            "Sales team %(team)s: %(field)s takes from %(least)s to %(most)s days.",
                            team=team.name,
                            field=self._fields[name]._description_string(self.env),
                            least=least,
                            most=LONGEST_DAYS,
                        )
                    )

    @api.constrains("calendar_id")
    def _check_calendar(self):
        self.calendar_id._check_countable()

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        self.browse(
            team.id
            for team, vals in zip(teams, vals_list, strict=True)
            if "escalation_level_ids" not in vals
        )._create_default_levels()
        return teams

    @api.model
    def _complete_ladders(self):
        """Give a ladder to the sales teams that were there before."""
        teams = self.with_context(active_test=False)
        teams.search([("escalation_level_ids", "=", False)])._create_default_levels()

    def _create_default_levels(self):
        """First the salesperson is reminded, a few days later the leader is told."""
        # sudo: the ladder comes with the team, whoever creates it
        self.env["crm.escalation.level"].sudo().create(
            [
                {"team_id": team.id, **values}
                for team in self
                for values in (
                    {"days": 0, "recipient": "salesperson"},
                    {"days": 5, "recipient": "leader"},
                )
            ]
        )

    def _promises_first_contact(self, lead_type):
        self.ensure_one()
        return self.first_contact_promise and (
            lead_type == "lead" or self.first_contact_scope == "all"
        )

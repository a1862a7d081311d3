from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib.assignment import Area, split_prefixes


class CrmTerritory(models.Model):
    _name = "crm.territory"
    _description = "Sales Territory"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    country_ids = fields.Many2many("res.country", string="Countries")
    state_ids = fields.Many2many(
        "res.country.state",
        string="States",
        help="Of a country with states in this list, only these states belong to the territory.",
    )
    zip_prefixes = fields.Char(
        string="Zip Codes Begin With",
        tracking=True,
        help="Beginnings of zip codes, separated by commas. Empty: all zip codes.",
    )
    member_ids = fields.Many2many(
        "crm.team.member",
        "crm_team_member_territory_rel",
        "territory_id",
        "member_id",
        string="Salespeople",
    )
    rule_ids = fields.Many2many(
        "crm.assignment.rule",
        "crm_assignment_rule_territory_rel",
        "territory_id",
        "rule_id",
        string="Assignment Rules",
        readonly=True,
    )
    member_count = fields.Integer(string="Number of Salespeople", compute="_compute_member_count")

    @api.constrains("name", "country_ids", "state_ids", "zip_prefixes")
    def _check_area(self):
        for territory in self:
            if territory.zip_prefixes and not split_prefixes(territory.zip_prefixes):
                raise ValidationError(
                    self.env._(
                        "“%(text)s” is not a list of zip codes. Separate their beginnings by"
                        " commas, for example: 10, 11, 2.",
                        text=territory.zip_prefixes,
                    )
                )
            if not (territory.country_ids or territory.state_ids or territory.zip_prefixes):
                raise ValidationError(
                    self.env._(
                        "Say where the territory %(name)s is: countries, states or zip codes.",
                        name=territory.name,
                    )
                )

    @api.depends("member_ids")
    def _compute_member_count(self):
        for territory in self:
            territory.member_count = len(territory.member_ids)

    def _get_areas(self):
        """Return the `Area` of each of these territories."""
        areas = []
        for territory in self:
            states = {}
            for state in territory.state_ids:
                states.setdefault(state.country_id.id, set()).add(state.id)
            countries = frozenset(territory.country_ids.ids)
            areas.append(Area(countries, states, split_prefixes(territory.zip_prefixes)))
        return areas

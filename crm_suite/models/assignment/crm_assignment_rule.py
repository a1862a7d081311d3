from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib.assignment import cover, speaks


class CrmAssignmentRule(models.Model):
    _name = "crm.assignment.rule"
    _description = "Assignment Rule"
    _inherit = ["crm.cached.mixin", "crm.filter.mixin", "mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        related="team_id.company_id", string="Company", store=True, index=True
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        required=True,
        index=True,
        ondelete="cascade",
        tracking=True,
    )
    territory_ids = fields.Many2many(
        "crm.territory",
        "crm_assignment_rule_territory_rel",
        "rule_id",
        "territory_id",
        string="Territories",
        help="The lead is in one of these. Empty: anywhere.",
    )
    lang_ids = fields.Many2many(
        "res.lang", string="Languages", help="The lead speaks one of these. Empty: any."
    )
    domain = fields.Char(string="Condition", tracking=True, help="Empty: every lead.")

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            if problem := rule._find_problem(rule._parse_domain, "crm.lead"):
                raise ValidationError(
                    self.env._("Rule “%(rule)s”: %(problem)s", rule=rule.name, problem=problem)
                )

    @api.constrains("territory_ids", "team_id")
    def _check_territory_company(self):
        for rule in self:
            if rule.territory_ids.company_id - rule.company_id and rule.company_id:
                raise ValidationError(
                    self.env._(
                        "%(rule)s has a territory of another company than its team.",
                        rule=rule.name,
                    )
                )

    @api.model
    def _get_cached_fields(self):
        return {"active"}

    def _filter_leads(self, leads):
        """Return those of the leads that this rule is about, in one query at most.

        A territory has to be known: a lead without an address is in none.
        """
        self.ensure_one()
        areas = self.territory_ids._get_areas()
        languages = self.lang_ids.mapped("code")
        matching = leads.filtered(
            lambda lead: (
                self._may_belong(lead)
                and cover(areas, lead._get_place())
                and (not languages or (lead.lang_id and speaks(languages, lead.lang_id.code)))
            )
        )
        domain = self._parse_domain()
        if matching and not domain.is_true():
            matching = matching.search(Domain("id", "in", matching.ids) & domain)
        return matching

    def _may_belong(self, lead):
        company = lead.company_id or lead.partner_id.company_id
        return not company or not self.company_id or company == self.company_id

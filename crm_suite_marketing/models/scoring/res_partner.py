from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

READERS = "sales_team.group_sale_salesman,mass_mailing.group_mass_mailing_user"
COMPARED = {
    "<": float.__lt__,
    "<=": float.__le__,
    ">": float.__gt__,
    ">=": float.__ge__,
}


class ResPartner(models.Model):
    # each room extends a core model by itself
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    # kept in a table of its own, so that the job that writes 200,000 of them changes no contact
    score_total = fields.Float(
        "Score",
        digits=(16, 1),
        compute="_compute_score",
        search="_search_score_total",
        groups=READERS,
        help="Points for what the contact does and who he is.",
    )
    score_engagement = fields.Float(
        "Engagement Points",
        digits=(16, 1),
        compute="_compute_score",
        search="_search_score_engagement",
        groups=READERS,
        help="Points for what the contact did, as they count today.",
    )
    score_fit = fields.Float(
        "Fit Points",
        digits=(16, 1),
        compute="_compute_score",
        search="_search_score_fit",
        groups=READERS,
        help="Points for who the contact is.",
    )
    score_grade = fields.Char(
        compute="_compute_score",
        search="_search_score_grade",
        groups=READERS,
        help="Letter: how well the contact fits (A to D). Number: how much he does (1 to 4).",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_score(self):
        scores = self.env["crm.contact.score"].search_fetch(
            [("partner_id", "in", self.ids)],
            ["partner_id", "total", "engagement", "fit", "grade"],
        )
        by_partner = scores.grouped("partner_id")
        for partner in self:
            score = by_partner.get(partner._origin) or scores.browse()
            partner.score_total = score.total
            partner.score_engagement = score.engagement
            partner.score_fit = score.fit
            partner.score_grade = score.grade

    def _search_score_total(self, operator, value):
        return self._search_score("total", operator, value)

    def _search_score_engagement(self, operator, value):
        return self._search_score("engagement", operator, value)

    def _search_score_fit(self, operator, value):
        return self._search_score("fit", operator, value)

    def _search_score(self, name, operator, value):
        """Contacts without points count as 0."""
        if operator == "in":
            value = [float(one or 0) for one in value]
            with_none = 0 in value
        elif operator in COMPARED:
            value = float(value or 0)
            with_none = COMPARED[operator](0.0, value)
        else:
            return NotImplemented
        domain = self._get_scored_domain(Domain(name, operator, value))
        return domain | ~self._get_scored_domain(Domain.TRUE) if with_none else domain

    def _search_score_grade(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in":
            domain = self._get_scored_domain(Domain("grade", "in", [one for one in value if one]))
            return domain if all(value) else domain | ~self._get_scored_domain(Domain.TRUE)
        return self._get_scored_domain(Domain("grade", operator, value))

    def _get_scored_domain(self, domain):
        Score = self.env["crm.contact.score"]
        query = Score._search(domain)
        partner = Score._field_to_sql(query.table, "partner_id", query)
        return Domain("id", "in", SQL("(%s)", query.select(partner)))

    # ------------------------------------------------------------------
    # Who has to be scored anew
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        self.env["crm.contact.score.queue"]._collect("partner", partners.ids)
        return partners

    def write(self, vals):
        result = super().write(vals)
        if self.env["crm.contact.score.rule"]._get_used_fields() & vals.keys():
            self.env["crm.contact.score.queue"]._collect("partner", self.ids)
        return result

    def action_view_score(self):
        """Open why the contact has its score."""
        self.ensure_one()
        score = self.env["crm.contact.score"].search([("partner_id", "=", self.id)])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_contact_score_action"
        )
        return action | {
            "name": self.env._("Score of %(contact)s", contact=self.display_name),
            "display_name": self.env._("Score of %(contact)s", contact=self.display_name),
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": score.id,
        }

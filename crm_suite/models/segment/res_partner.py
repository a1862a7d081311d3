from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    segment_ids = fields.Many2many(
        "crm.segment",
        string="Segments",
        compute="_compute_segment_ids",
        search="_search_segment_ids",
        groups="sales_team.group_sale_salesman",
        help="The segments to which this contact belongs now.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_segment_ids(self):
        members = self.env["crm.segment.member"].search_fetch(
            [("partner_id", "in", self.ids), ("left_at", "=", False)], ["partner_id", "segment_id"]
        )
        segments = members.grouped("partner_id")
        for partner in self:
            found = segments.get(partner._origin)
            partner.segment_ids = found.segment_id if found else False

    def _search_segment_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        domain = Domain("left_at", "=", False)
        if operator == "in":
            found = Domain("segment_id", "in", [id_ for id_ in value if id_])
            domains = [self._get_member_domain(domain & found)]
            if not all(value):
                domains.append(~self._get_member_domain(domain))
            return Domain.OR(domains)
        return self._get_member_domain(domain & Domain("segment_id", operator, value))

    def _get_member_domain(self, domain):
        Member = self.env["crm.segment.member"]
        query = Member._search(domain)
        partner = Member._field_to_sql(query.table, "partner_id", query)
        return Domain("id", "in", SQL("(%s)", query.select(partner)))

    def _read_group_groupby(self, alias, groupby_spec, query):
        """Group contacts by their current segments; one in two segments is in both groups."""
        if groupby_spec != "segment_ids":
            return super()._read_group_groupby(alias, groupby_spec, query)
        Member = self.env["crm.segment.member"]
        members = Member._search([("left_at", "=", False)])
        partner, segment = (
            Member._field_to_sql(members.table, name, members)
            for name in ("partner_id", "segment_id")
        )
        rel_alias = query.make_alias(alias, "segment_ids")
        query.add_join(
            "LEFT JOIN",
            rel_alias,
            SQL("(%s)", members.select(partner, segment)),
            SQL(
                "%s = %s",
                SQL.identifier(alias, "id"),
                SQL.identifier(rel_alias, "partner_id"),
            ),
        )
        return SQL.identifier(rel_alias, "segment_id")

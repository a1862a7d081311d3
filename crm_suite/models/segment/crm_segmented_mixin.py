from odoo import api, fields, models
from odoo.fields import Domain


class CrmSegmentedMixin(models.AbstractModel):
    """A document that is found by the segments of its customer.

    Those of the contact on the document, and those of the company that he works for: figures, and
    so the segments made of them, are those of the company.
    """

    _name = "crm.segmented.mixin"
    _description = "Document of a Segmented Customer"

    segment_ids = fields.Many2many(
        "crm.segment",
        string="Segments",
        compute="_compute_segment_ids",
        search="_search_segment_ids",
        groups="sales_team.group_sale_salesman",
        help="The segments to which the customer belongs now, himself or with his company.",
    )

    @api.depends("partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_segment_ids(self):
        for document in self:
            partner = document.partner_id
            document.segment_ids = (partner | partner.commercial_partner_id).segment_ids

    @api.model
    def _search_segment_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator != "in":
            return self._get_segmented_domain(operator, value)
        domain = self._get_segmented_domain("in", [id_ for id_ in value if id_])
        if not all(value):
            domain |= ~self._get_segmented_domain("!=", False)
        return domain

    @api.model
    def _get_segmented_domain(self, operator, value):
        customer = Domain("segment_ids", operator, value)
        customer |= Domain("commercial_partner_id", "any", customer)
        return Domain("partner_id", "any", customer)

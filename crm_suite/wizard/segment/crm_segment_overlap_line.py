from odoo import api, fields, models
from odoo.fields import Domain

from ...lib.segment_order import get_jaccard


class CrmSegmentOverlapLine(models.TransientModel):
    """Two segments, and how many contacts they share."""

    _name = "crm.segment.overlap.line"
    _description = "Overlap of Two Segments"
    _order = "both_count desc, id"

    overlap_id = fields.Many2one(
        "crm.segment.overlap", string="Comparison", required=True, ondelete="cascade"
    )
    segment_a_id = fields.Many2one("crm.segment", string="A", required=True, ondelete="cascade")
    segment_b_id = fields.Many2one("crm.segment", string="B", required=True, ondelete="cascade")
    count_a = fields.Integer(string="In A")
    count_b = fields.Integer(string="In B")
    both_count = fields.Integer(string="In Both")
    only_a_count = fields.Integer(string="Only in A", compute="_compute_shares")
    only_b_count = fields.Integer(string="Only in B", compute="_compute_shares")
    jaccard = fields.Float(
        string="Overlap",
        compute="_compute_shares",
        help="Contacts in both, divided by those in either (Jaccard index).",
    )

    @api.depends("count_a", "count_b", "both_count")
    def _compute_shares(self):
        for line in self:
            line.only_a_count = line.count_a - line.both_count
            line.only_b_count = line.count_b - line.both_count
            line.jaccard = get_jaccard(line.count_a, line.count_b, line.both_count)

    def action_view_both(self):
        return self._view(self._in("a") & self._in("b"), self.env._("In both"))

    def action_view_only_a(self):
        return self._view(self._in("a") & ~self._in("b"), self.env._("Only in A"))

    def action_view_only_b(self):
        return self._view(self._in("b") & ~self._in("a"), self.env._("Only in B"))

    def _in(self, which):
        self.ensure_one()
        return Domain("segment_ids", "in", self[f"segment_{which}_id"].ids)

    def _view(self, domain, where):
        name = self.env._(
            "%(where)s: %(first)s, %(second)s",
            where=where,
            first=self.segment_a_id.name,
            second=self.segment_b_id.name,
        )
        return self.overlap_id._view_contacts(domain, name)

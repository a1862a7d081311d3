from odoo import api, fields, models


class CrmSegmentMember(models.Model):
    """A contact in a segment, from the day it entered to the day it left.

    Rows are written by :meth:`crm.segment._evaluate` only.
    """

    _name = "crm.segment.member"
    _description = "Segment Member"
    _order = "entered_at desc, id desc"
    _rec_name = "partner_id"
    # written in bulk by the evaluation alone, millions of rows: who and when are known
    _log_access = False

    segment_id = fields.Many2one("crm.segment", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Contact", required=True, readonly=True, ondelete="cascade"
    )
    entered_at = fields.Datetime(string="Member Since", required=True, readonly=True)
    left_at = fields.Datetime(string="Left On", readonly=True)
    email = fields.Char(related="partner_id.email", related_sudo=False)
    phone = fields.Char(related="partner_id.phone", related_sudo=False)
    company_id = fields.Many2one(related="segment_id.company_id")

    _current_member = models.UniqueIndex(
        "(segment_id, partner_id) WHERE left_at IS NULL",
        "This contact is a member of the segment already.",
    )
    _segment_idx = models.Index("(segment_id, entered_at DESC, id DESC)")
    _partner_idx = models.Index("(partner_id, segment_id)")

    @api.depends("partner_id", "segment_id")
    def _compute_display_name(self):
        for member in self:
            member.display_name = f"{member.partner_id.display_name} – {member.segment_id.name}"

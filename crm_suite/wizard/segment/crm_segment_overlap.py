from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL

MAX_SEGMENTS = 20
PAIRS = """
    WITH member AS MATERIALIZED (%(members)s)
    SELECT first.segment_id, second.segment_id, COUNT(*)
      FROM member AS first
      JOIN member AS second
        ON second.partner_id = first.partner_id AND second.segment_id >= first.segment_id
     GROUP BY first.segment_id, second.segment_id
"""
# contacts that are in each of so many segments
SHARED = """
    SELECT COUNT(*), COUNT(*) FILTER (WHERE contact.number = %(number)s)
      FROM (SELECT COUNT(*) AS number FROM (%(members)s) AS member GROUP BY partner_id) AS contact
"""


class CrmSegmentOverlap(models.TransientModel):
    """How far segments overlap: each two of them, and all together.

    Only contacts that whoever looks may read are counted.
    """

    _name = "crm.segment.overlap"
    _description = "Overlap of Segments"

    segment_ids = fields.Many2many("crm.segment", string="Segments")
    line_ids = fields.One2many("crm.segment.overlap.line", "overlap_id", readonly=True)
    any_count = fields.Integer(
        string="In Any of Them", readonly=True, help="Each contact is counted once."
    )
    all_count = fields.Integer(string="In All of Them", readonly=True)

    @api.depends("segment_ids")
    def _compute_display_name(self):
        self.display_name = self.env._("Overlap of Segments")

    def action_compare(self):
        """Count, and show the result."""
        self.ensure_one()
        self._count()
        return self._get_action()

    @api.model
    def action_compare_segments(self, segment_ids):
        """Compare segments that were chosen in a list."""
        if not isinstance(segment_ids, list) or any(type(id_) is not int for id_ in segment_ids):
            raise ValidationError(self.env._("Choose at least two segments to compare."))
        segments = self.env["crm.segment"].browse(segment_ids).exists()._filtered_access("read")
        overlap = self.create({"segment_ids": [Command.set(segments.ids)]})
        return overlap.action_compare()

    def action_view_all(self):
        """Open who is in all of the segments."""
        self.ensure_one()
        return self._view_contacts(
            Domain.AND(Domain("segment_ids", "in", id_) for id_ in self.segment_ids.ids),
            self.env._("In All of Them"),
        )

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Overlap of Segments"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "current",
        }

    def _view_contacts(self, domain, name):
        action = self.env["ir.actions.act_window"]._for_xml_id("contacts.action_contacts")
        return {**action, "domain": list(domain), "context": {}, "display_name": name, "name": name}

    def _count(self):
        segments = self.segment_ids._filtered_access("read")
        if len(segments) < 2:
            raise UserError(self.env._("Choose at least two segments to compare."))
        if len(segments) > MAX_SEGMENTS:
            raise ValidationError(
                self.env._("Choose at most %(limit)s segments to compare.", limit=MAX_SEGMENTS)
            )
        members = self._get_members(segments)
        numbers = {
            (first, second): number
            for first, second, number in self.env.execute_query(SQL(PAIRS, members=members))
        }
        [[any_count, all_count]] = self.env.execute_query(
            SQL(SHARED, members=members, number=len(segments))
        )
        # sudo: lines are written by this comparison only
        self.sudo().write(
            {
                "any_count": any_count,
                "all_count": all_count,
                "line_ids": [
                    Command.clear(),
                    *(Command.create(values) for values in self._prepare_lines(segments, numbers)),
                ],
            }
        )

    def _get_members(self, segments):
        """SQL of (segment_id, partner_id) of the members whom the user may read."""
        Member = self.env["crm.segment.member"]
        query = Member._search(
            [("segment_id", "in", segments.ids), ("left_at", "=", False)], order="id"
        )
        query.order = None
        columns = (
            SQL(
                "%s AS %s",
                Member._field_to_sql(query.table, name, query),
                SQL.identifier(name),
            )
            for name in ("segment_id", "partner_id")
        )
        return query.select(*columns)

    def _prepare_lines(self, segments, numbers):
        """:param dict numbers: contacts in both of two segments, by their ids in order"""
        for place, first in enumerate(segments):
            for second in segments[place + 1 :]:
                both = numbers.get(tuple(sorted((first.id, second.id))), 0)
                yield {
                    "segment_a_id": first.id,
                    "segment_b_id": second.id,
                    "count_a": numbers.get((first.id, first.id), 0),
                    "count_b": numbers.get((second.id, second.id), 0),
                    "both_count": both,
                }

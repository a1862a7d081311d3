from odoo import api, fields, models
from odoo.tools import SQL


class CrmSegmentSize(models.Model):
    """How large a segment was on a day, and how many came and went.

    The row of a day is that of its last evaluation; those who came and went are added up over the
    evaluations of the day. Days are those of UTC. Rows are written by :meth:`_add` only.

    Sizes count contacts of all companies of the segment's owner: the record rule shows them to whom
    these companies are open.
    """

    _name = "crm.segment.size"
    _description = "Segment Size"
    _order = "date desc, id desc"
    _rec_name = "segment_id"
    _log_access = False

    segment_id = fields.Many2one("crm.segment", required=True, readonly=True, ondelete="cascade")
    date = fields.Date(required=True, readonly=True)
    # sizes of several days do not add up
    member_count = fields.Integer(string="Members", readonly=True, aggregator="avg")
    entered_count = fields.Integer(string="Entered", readonly=True)
    left_count = fields.Integer(string="Left", readonly=True)
    company_id = fields.Many2one(related="segment_id.company_id")

    _segment_date_uniq = models.UniqueIndex("(segment_id, date DESC)")

    @api.model
    def _add(self, segment, count, entered, left):
        """Keep the size of today."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_segment_size AS size
                       (segment_id, date, member_count, entered_count, left_count)
                VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (segment_id, date)
             DO UPDATE
                   SET member_count = EXCLUDED.member_count,
                       entered_count = size.entered_count + EXCLUDED.entered_count,
                       left_count = size.left_count + EXCLUDED.left_count
                """,
                segment.id,
                fields.Date.today(),
                count,
                entered,
                left,
            )
        )

    @api.model
    def _get_latest(self, segments):
        """The latest sizes that the user may see, by segment id."""
        query = self._search([("segment_id", "in", segments.ids)])
        table = query.table
        segment, day, count = (
            self._field_to_sql(table, name, query)
            for name in ("segment_id", "date", "member_count")
        )
        query.order = SQL("%s, %s DESC", segment, day)
        return dict(
            self.env.execute_query(
                query.select(SQL("DISTINCT ON (%s) %s", segment, segment), count)
            )
        )

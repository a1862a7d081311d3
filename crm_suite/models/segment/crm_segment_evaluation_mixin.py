import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...lib.segment_order import order_inner_first
from .crm_segment_query_mixin import EVALUATION_TIMEOUT

_logger = logging.getLogger(__name__)

# A run that is cut off goes on with the others; less than the interval of the cron
EVALUATED_LATELY = timedelta(hours=1)
# These two tables exist during one evaluation only. Comparing them, freshly analysed, keeps the
# planner from guessing about the millions of rows of all segments: 0.8 s instead of minutes.
WANTED = "CREATE TEMPORARY TABLE crm_segment_wanted ON COMMIT DROP AS %(query)s"
CURRENT = """
    CREATE TEMPORARY TABLE crm_segment_current ON COMMIT DROP AS
    SELECT id, partner_id
      FROM crm_segment_member
     WHERE segment_id = %(segment)s AND left_at IS NULL
"""
LEAVE = """
    UPDATE crm_segment_member AS member
       SET left_at = %(now)s
      FROM crm_segment_current AS current
     WHERE member.id = current.id
       AND NOT EXISTS (SELECT FROM crm_segment_wanted WHERE id = current.partner_id)
"""
ENTER = """
    INSERT INTO crm_segment_member (segment_id, partner_id, entered_at)
    SELECT %(segment)s, wanted.id, %(now)s
      FROM crm_segment_wanted AS wanted
     WHERE NOT EXISTS (SELECT FROM crm_segment_current WHERE partner_id = wanted.id)
"""


class CrmSegmentEvaluationMixin(models.AbstractModel):
    """Members enter and leave, set-based, and the size of each day is kept."""

    _name = "crm.segment.evaluation.mixin"
    _description = "Evaluation of a Segment"

    def _evaluate(self):
        """Enter and leave members, with the rights of each segment's owner.

        The segments that a segment is made of come first. One whose definition does not work keeps
        its members and says so in ``last_error``; whoever is made of it uses these.
        """
        self.browse(self._get_evaluation_order())._evaluate_alone()

    def _get_evaluation_order(self):
        # sudo: whoever starts an evaluation need not see what the segment is made of
        browse = self.sudo().with_context(active_test=False).browse
        order = order_inner_first(
            self.ids, lambda id_: browse(browse(id_)._get_inner_ids()).exists().ids
        )
        asked = set(self.ids)
        return [id_ for id_ in order if id_ in asked or browse(id_).active]

    def _evaluate_alone(self):
        """Evaluate these segments by the members that others have now."""
        # sudo: who may start an evaluation need not see what the definition is made of; the owner's
        # rights decide who is a member
        for segment in self.sudo():
            try:
                segment._lock_members()
                with segment._limit_time(EVALUATION_TIMEOUT):
                    segment._write_members(segment._get_contact_query())
            except UserError as error:
                segment._set_result(last_error=str(error))
                continue
            segment._set_result(last_error=False, evaluated_at=fields.Datetime.now())
        self.env["crm.segment.member"].invalidate_model()
        self.env["crm.segment.size"].invalidate_model()
        self.env["res.partner"].invalidate_model(["segment_ids"])
        self.invalidate_recordset(["member_count"])

    def _set_result(self, **values):
        # sudo: who may start an evaluation need not be allowed to edit the segment
        self.sudo().with_context(tracking_disable=True).write(values)

    def _lock_members(self):
        """Two evaluations at once would both enter the same contact: the second waits here."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL("SELECT id FROM crm_segment WHERE id = %s FOR NO KEY UPDATE", self.id)
        )

    def _write_members(self, query):
        """Bring the member rows in line with the query."""
        self.ensure_one()
        cr = self.env.cr
        self.env["crm.segment.member"].flush_model()
        wanted = query.select()
        self.env.flush_query(wanted)
        values = {"query": wanted, "segment": self.id, "now": fields.Datetime.now()}
        cr.execute(SQL(WANTED, **values))
        cr.execute(SQL(CURRENT, **values))
        cr.execute("ANALYZE crm_segment_wanted, crm_segment_current")
        cr.execute(SQL(LEAVE, **values))
        left = cr.rowcount
        cr.execute(SQL(ENTER, **values))
        entered = cr.rowcount
        cr.execute("SELECT COUNT(*) FROM crm_segment_wanted")
        [count] = cr.fetchone()
        cr.execute("DROP TABLE crm_segment_wanted, crm_segment_current")
        self.env["crm.segment.size"]._add(self, count, entered, left)

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_evaluate(self):
        """Evaluate every segment that was not evaluated lately.

        The longest waiting come first, but those that others are made of before these.
        """
        lately = fields.Datetime.now() - EVALUATED_LATELY
        due = self.search(
            ["|", ("evaluated_at", "=", False), ("evaluated_at", "<", lately)],
            order="evaluated_at NULLS FIRST, id",
        )
        order = [id_ for id_ in due._get_evaluation_order() if id_ in set(due.ids)]
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(order))
        for segment in self.browse(order):
            segment._evaluate_or_log()
            if not cron._commit_progress(1):
                break

    def _evaluate_or_log(self):
        """Evaluate one segment; whatever goes wrong with it does not hold up the others."""
        # the owner reads what is wrong
        segment = self.with_context(lang=self.user_id.lang)
        had_problem = bool(segment.last_error)
        try:
            with self.env.cr.savepoint():
                segment._evaluate_alone()
        except OperationalError:
            # somebody works on the segment right now: its turn comes with the next run
            _logger.info("Segment %s is busy and was not evaluated", self.id)
        except Exception as error:  # pylint: disable=broad-exception-caught
            _logger.exception("Segment %s could not be evaluated", self.id)
            segment._set_result(last_error=str(segment._make_filter_error(error)))
        if segment.last_error and not had_problem:
            segment._report_problem()

    def _report_problem(self):
        """Tell the owner, and whoever follows, once that members no longer enter and leave."""
        self.message_post(
            body=self.env._(
                "This segment could not be evaluated, so its members stay as they were. %(reason)s",
                reason=self.last_error,
            ),
            partner_ids=self.user_id.filtered("active").partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )

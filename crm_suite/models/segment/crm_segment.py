import logging
from datetime import timedelta

from psycopg2 import DataError, OperationalError, ProgrammingError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from ...lib.filter_text import parse_conditions

_logger = logging.getLogger(__name__)

# Changing one of these changes who is a member
DEFINITION_FIELDS = {"active", "company_id", "domain", "kind", "partner_ids", "user_id"}
# Changing one of these makes other contacts show: it takes the rights of whoever does it
CONTENT_FIELDS = {"company_id", "domain", "kind", "partner_ids"}
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


class CrmSegment(models.Model):
    """A set of contacts with a name: those who match a filter, or a list that somebody keeps.

    Members are materialised (`crm.segment.member`), so that mailings, filters and reports read a
    table and do not evaluate the filter again.
    """

    _name = "crm.segment"
    _description = "Customer Segment"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    description = fields.Text(translate=True)
    color = fields.Integer()
    kind = fields.Selection(
        [("domain", "Filter"), ("fixed", "Fixed List")],
        required=True,
        default="domain",
        tracking=True,
        help="Filter: whoever matches is a member, checked again regularly.\n"
        "Fixed list: whoever you put on the list is a member.",
    )
    domain = fields.Char(string="Filter", default="[]", required=True, tracking=True)
    partner_ids = fields.Many2many("res.partner", "crm_segment_fixed_rel", string="List")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        copy=False,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        index=True,
        tracking=True,
        help="Members are the contacts that this user may see. Whoever changes the filter "
        "becomes the owner.",
    )
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Contacts of other companies are left out. Empty: all companies of the owner.",
    )
    member_ids = fields.One2many("crm.segment.member", "segment_id", string="Membership")
    member_count = fields.Integer(
        string="Members", readonly=True, copy=False, help="As of the last evaluation."
    )
    evaluated_at = fields.Datetime(string="Last Evaluation", readonly=True, copy=False)
    last_error = fields.Text(
        string="Problem",
        readonly=True,
        copy=False,
        help="Why the last evaluation failed. Until it is solved, the members stay as they are.",
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_characters(vals)
        segments = super().create(vals_list)
        # what was created, not what was asked for: defaults come from outside as well
        for segment in segments:
            if segment.user_id != self.env.user:
                segment._check_may_hand_over()
        active = segments.filtered("active")
        active._check_definition()
        active._evaluate()
        return segments

    def write(self, vals):
        self._check_characters(vals)
        owner = vals.get("user_id")
        if owner and owner != self.env.uid and self.user_id.ids != [owner]:
            self._check_may_hand_over()
        if not DEFINITION_FIELDS & set(vals):
            return super().write(vals)
        # the filter runs with the owner's rights: nobody may make a filter run with another's
        if (
            CONTENT_FIELDS & set(vals)
            and not self.env.su
            and ("user_id" not in vals or not self._may_hand_over())
        ):
            vals = {**vals, "user_id": self.env.uid}
        result = super().write(vals)
        # a broken segment can always be archived
        segments = self.filtered("active")
        segments._check_definition()
        segments._evaluate()
        return result

    def _check_characters(self, vals):
        """Refuse a filter that the database could not even store."""
        text = str(vals.get("domain") or "")
        if "\0" in text or text != text.encode("utf-8", "replace").decode():
            raise ValidationError(
                self.env._("The filter holds characters that are no text. Type it again.")
            )

    def _may_hand_over(self):
        return self.env.su or self.env.user.has_group("base.group_system")

    def _check_may_hand_over(self):
        if not self._may_hand_over():
            raise AccessError(
                self.env._(
                    "A segment shows its owner's contacts, so you can make nobody but yourself the "
                    "owner. Ask an administrator to hand it over."
                )
            )

    # ------------------------------------------------------------------
    # Definition
    # ------------------------------------------------------------------

    def _parse_domain(self):
        """The filter as a domain.

        :raise ValidationError: when the text is not a list of conditions
        """
        self.ensure_one()
        try:
            return Domain(parse_conditions(self.domain))
        except (ValueError, TypeError, RecursionError) as error:
            raise ValidationError(
                self.env._(
                    "The filter of the segment “%(segment)s” cannot be read: %(reason)s",
                    segment=self.name,
                    reason=error,
                )
            ) from error

    def _get_contact_domain(self):
        """Domain of the contacts that belong into the segment now."""
        self.ensure_one()
        domain = (
            Domain("id", "in", self.partner_ids.ids)
            if self.kind == "fixed"
            else self._parse_domain()
        )
        if self.company_id:
            domain &= Domain("company_id", "in", [self.company_id.id, False])
        return domain & Domain("active", "=", True)

    def _get_contact_query(self):
        """Query on res.partner of whom the owner's rights let into the segment.

        :raise UserError: with what is wrong with the segment, and how to mend it
        """
        self.ensure_one()
        owner = self.user_id
        if not owner.active or not owner._is_internal():
            raise UserError(
                self.env._(
                    "The owner %(owner)s of the segment “%(segment)s” is no active employee any "
                    "more. Choose another owner.",
                    owner=owner.name,
                    segment=self.name,
                )
            )
        companies = self.company_id or owner.company_ids
        contacts = (
            self.env["res.partner"]
            .with_user(owner)
            .with_context(allowed_company_ids=companies.ids, active_test=True)
        )
        domain = self._get_contact_domain()
        try:
            # the optimiser only logs what it cannot search; here it must be an error
            return contacts._search(domain)
        except AccessError as error:
            raise UserError(
                self.env._(
                    "%(owner)s, the owner of the segment “%(segment)s”, may not read what the "
                    "filter looks at: %(reason)s",
                    owner=owner.name,
                    segment=self.name,
                    reason=error,
                )
            ) from error
        except (ValueError, TypeError, NotImplementedError, UserError) as error:
            raise self._make_filter_error(error) from error

    def _make_filter_error(self, error):
        return UserError(
            self.env._(
                "The filter of the segment “%(segment)s” does not work: %(reason)s",
                segment=self.name,
                # the reason quotes the filter, which may hold what cannot be stored
                reason=str(error).strip().encode("utf-8", "replace").decode().replace("\0", ""),
            )
        )

    def _check_definition(self):
        """Refuse a filter that cannot be evaluated.

        :raise ValidationError: with what is wrong
        """
        for segment in self:
            try:
                segment._probe(segment._get_contact_query())
            except UserError as error:
                raise ValidationError(str(error)) from error

    def _probe(self, query):
        """Let the database look at one row: it refuses values that do not fit their field."""
        probe = query.select()
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                self.env.execute_query(SQL("SELECT 1 FROM (%s) AS probe LIMIT 1", probe))
        except (DataError, ProgrammingError) as error:
            raise self._make_filter_error(error.diag.message_primary or error) from error
        except ValueError as error:
            # a character that no text in the database can hold
            raise self._make_filter_error(error) from error

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_evaluate(self):
        """Let members enter and leave now."""
        self.check_access("read")
        self._evaluate()
        for segment in self:
            if segment.last_error:
                raise UserError(segment.last_error)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The segment has %(count)s members now.", count=sum(self.mapped("member_count"))
                ),
                # shows the new numbers on the form
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_view_contacts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("contacts.action_contacts")
        action["domain"] = [("segment_ids", "in", self.ids)]
        action["context"] = {}
        action["display_name"] = self.name
        return action

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_segment_member_action"
        )
        action["domain"] = [("segment_id", "=", self.id)]
        return action

    # ------------------------------------------------------------------
    # Evaluation
    # ------------------------------------------------------------------

    def _evaluate(self):
        """Enter and leave members, set-based and with the rights of each segment's owner.

        A segment whose filter does not work keeps its members and says so in ``last_error``.
        """
        for segment in self:
            try:
                with self.env.cr.savepoint():
                    query = segment._get_contact_query()
                    segment._probe(query)
                    count = segment._write_members(query)
            except UserError as error:
                segment._set_result(last_error=str(error))
                continue
            except (DataError, ProgrammingError, ValueError) as error:
                # a value that only some contacts make the database refuse
                segment._set_result(last_error=str(segment._make_filter_error(error)))
                continue
            segment._set_result(
                last_error=False, evaluated_at=fields.Datetime.now(), member_count=count
            )
        self.env["crm.segment.member"].invalidate_model()
        self.env["res.partner"].invalidate_model(["segment_ids"])

    def _set_result(self, **values):
        # sudo: who may start an evaluation need not be allowed to edit the segment
        self.sudo().with_context(tracking_disable=True).write(values)

    def _write_members(self, query):
        """Bring the member rows in line with the query.

        :return: number of members now
        """
        self.ensure_one()
        cr = self.env.cr
        self.env["crm.segment.member"].flush_model()
        wanted = query.select()
        self.env.flush_query(wanted)
        # two evaluations at once would both enter the same contact: the second waits here
        cr.execute(SQL("SELECT id FROM crm_segment WHERE id = %s FOR NO KEY UPDATE", self.id))
        values = {"query": wanted, "segment": self.id, "now": fields.Datetime.now()}
        cr.execute(SQL(WANTED, **values))
        cr.execute(SQL(CURRENT, **values))
        cr.execute("ANALYZE crm_segment_wanted, crm_segment_current")
        cr.execute(SQL(LEAVE, **values))
        cr.execute(SQL(ENTER, **values))
        cr.execute("SELECT COUNT(*) FROM crm_segment_wanted")
        [count] = cr.fetchone()
        cr.execute("DROP TABLE crm_segment_wanted, crm_segment_current")
        return count

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_evaluate(self):
        """Evaluate every segment that was not evaluated lately, the longest waiting first."""
        lately = fields.Datetime.now() - EVALUATED_LATELY
        segments = self.search(
            [
                ("kind", "=", "domain"),
                "|",
                ("evaluated_at", "=", False),
                ("evaluated_at", "<", lately),
            ],
            order="evaluated_at NULLS FIRST, id",
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(segments))
        for segment in segments:
            segment._evaluate_or_log()
            if not cron._commit_progress(1):
                break

    def _evaluate_or_log(self):
        """Evaluate one segment; whatever goes wrong with it does not hold up the others."""
        try:
            with self.env.cr.savepoint():
                self._evaluate()
        except OperationalError:
            # somebody works on the segment right now: its turn comes with the next run
            _logger.info("Segment %s is busy and was not evaluated", self.id)
        except Exception as error:  # pylint: disable=broad-exception-caught
            _logger.exception("Segment %s could not be evaluated", self.id)
            self._set_result(last_error=str(self._make_filter_error(error)))

from ast import literal_eval
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_list

from ..consent import refusals
from .crm_segment import FAILURE_TYPES


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    segment_id = fields.Many2one(
        "crm.segment",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="Send to the members of this segment. "
        "The segment is evaluated again right before sending starts.",
    )
    segment_reachable_count = fields.Integer(
        "Reachable Members",
        compute="_compute_segment_audience",
        help="Current members of the segment that this mailing will be sent to.",
    )
    segment_left_out = fields.Char("Left Out", compute="_compute_segment_audience")
    segment_error = fields.Text("Problem of the Segment", compute="_compute_segment_audience")

    @api.constrains("segment_id", "mailing_model_id", "mailing_domain")
    def _check_segment(self):
        for mailing in self.filtered("segment_id"):
            if (
                mailing.mailing_model_id.model != "res.partner"
                or mailing._read_mailing_domain() != mailing._get_segment_domain()
            ):
                raise ValidationError(
                    self.env._(
                        "The recipients of “%(mailing)s” are the members of the segment "
                        "“%(segment)s”. Remove the segment to choose other recipients.",
                        mailing=mailing.subject,
                        segment=mailing.segment_id.sudo().name,  # only its name, for the message
                    )
                )

    @api.constrains("segment_id")
    def _check_may_address(self):
        for mailing in self.filtered("segment_id"):
            # constraints are checked as superuser; here the rights of who sends matter
            segment = mailing.segment_id.sudo(self.env.user._is_superuser())
            if not segment._may_be_addressed():
                raise AccessError(mailing._describe_foreign_segment())

    def _describe_foreign_segment(self):
        return self.env._(
            "“%(mailing)s” is for a segment with contacts of companies that you do not"
            " work for. Choose another segment.",
            mailing=self.subject,
        )

    @api.depends("segment_id")
    def _compute_mailing_domain(self):
        # A bare override keeps the dependencies of core and adds the segment
        to_segment = self.filtered("segment_id")
        result = super(MailingMailing, self - to_segment)._compute_mailing_domain()
        for mailing in to_segment:
            mailing.mailing_domain = repr(mailing._get_segment_domain())
        return result

    @api.depends("segment_id")
    def _compute_mailing_filter_id(self):
        return super()._compute_mailing_filter_id()

    @api.depends("segment_id.last_error", "mailing_type", "use_exclusion_list", "purpose_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_segment_audience(self):
        self.segment_reachable_count = 0
        self.segment_left_out = False
        self.segment_error = False
        for mailing in self.filtered("segment_id"):
            segment = mailing.segment_id._origin
            if not segment._may_be_addressed():
                # of a segment that he may not read he learns nothing at all
                if segment.has_access("read"):
                    mailing.segment_error = self.env._(
                        "This segment has contacts of companies that you do not work for, so you "
                        "can neither write to it nor see how many they are. Choose another one."
                    )
                continue
            mailing.segment_error = segment.last_error
            counts = segment._count_audience(*mailing._get_audience_arguments())
            mailing.segment_reachable_count = counts.pop(None, 0)
            mailing.segment_left_out = mailing._describe_left_out(counts)

    @api.onchange("segment_id")
    def _onchange_segment_id(self):
        for mailing in self:
            mailing.update(self._prepare_recipient_values(mailing.segment_id.id))

    @api.model_create_multi
    def create(self, vals_list):
        default = self.default_get(["segment_id"]).get("segment_id")
        return super().create(
            [
                vals | self._prepare_recipient_values(segment_id)
                if (segment_id := vals.get("segment_id", default))
                else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if "segment_id" not in vals:
            return super().write(vals)
        recipients = self._prepare_recipient_values(vals["segment_id"])
        if vals["segment_id"]:
            return super().write(vals | recipients)
        cleared = self.filtered("segment_id")
        if cleared:
            super(MailingMailing, cleared).write(recipients | vals)
        return super(MailingMailing, self - cleared).write(vals) if self - cleared else True

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_put_in_queue(self):
        """Refuse at once, while the user is looking, what could not be sent later."""
        self._check_may_address()
        for mailing in self.filtered("segment_id"):
            mailing._refresh_audience()
            sends_now = not mailing.schedule_date or mailing.schedule_date <= fields.Datetime.now()
            if sends_now and not mailing._has_audience():
                raise UserError(mailing._describe_no_audience())
        return super().action_put_in_queue()

    def action_view_segment_members(self):
        """Open the contacts that are members of the segment now."""
        self.ensure_one()
        return self.segment_id.action_view_contacts()

    # ------------------------------------------------------------------
    # Recipients
    # ------------------------------------------------------------------

    def _prepare_recipient_values(self, segment_id):
        """Values that must go with this segment.

        Without one, nobody is a recipient until the user chooses again: core's domain of the model
        Contact would mean every contact.
        """
        model = "res.partner" if segment_id else "mailing.list"
        return {
            "mailing_model_id": self.env["ir.model"]._get_id(model),
            "contact_list_ids": [fields.Command.clear()],
            "mailing_filter_id": False,
        }

    def _get_audience_arguments(self):
        """Return what decides whom of a segment this mailing reaches."""
        kind = "sms" if self._get_consent_channel() == "sms" else "mail"
        return kind, self.use_exclusion_list, self._get_usable_purpose()

    def _get_segment_domain(self):
        return [("segment_ids", "in", self.segment_id.ids)]

    def _read_mailing_domain(self):
        """:return: the stored domain as a list, or None when it cannot be read."""
        try:
            return list(Domain(literal_eval(self.mailing_domain or "")))
        except (ValueError, SyntaxError, TypeError):
            return None

    def _get_recipients_domain(self):
        if not self.segment_id:
            return super()._get_recipients_domain()
        audience = self.segment_id._origin._get_audience_sql(*self._get_audience_arguments())
        return Domain(
            "id",
            "in",
            SQL("(SELECT partner_id FROM (%s) AS audience WHERE reason IS NULL)", audience),
        )

    def _get_recipients(self):
        # A mailing that is already being sent keeps the members with whom it started
        if self.segment_id and self.state != "sending":
            self._refresh_audience()
        return super()._get_recipients()

    def _refresh_audience(self):
        """Evaluate the segment now.

        :raise UserError: when the segment is archived or cannot be evaluated.
        """
        self.ensure_one()
        # sudo: the sender need not be the owner, with whose rights the segment evaluates itself
        segment = self.segment_id.sudo()
        if not segment.active:
            raise UserError(
                self.env._(
                    "The segment “%s” is archived. Restore it or choose another one.", segment.name
                )
            )
        segment._evaluate()
        if segment.last_error:
            raise UserError(segment.last_error)
        self._check_launcher_may_address()

    def _check_launcher_may_address(self):
        """Whoever has joined since the launch may be a contact of another company."""
        user = self._get_launcher()
        # sudo: his companies only
        companies = user.sudo().company_ids
        if user and not user._is_superuser() and not self.segment_id._is_within(companies):
            raise AccessError(self._describe_foreign_segment())

    def _has_audience(self):
        """Whether there is somebody to send to, or was (a mailing may go on with nobody left)."""
        self.ensure_one()
        return bool(
            self.env["mailing.trace"].search_count([("mass_mailing_id", "=", self.id)], limit=1)
            or self.segment_id._count_audience(*self._get_audience_arguments()).get(None)
        )

    def _describe_no_audience(self):
        self.ensure_one()
        return self.env._(
            "Nobody in the segment “%s” can be reached, so nothing was sent.",
            self.segment_id.sudo().name,  # only its name, for the message
        )

    def _describe_left_out(self, counts):
        """:param dict counts: ``{reason: number}`` of members that are not reached.
        :return: one line for the form, or False.
        """
        env, is_sms = self.env, self._get_consent_channel() == "sms"
        describe = {
            "missing": lambda n: (
                env._("%s without a phone number", n)
                if is_sms
                else env._("%s without an e-mail address", n)
            ),
            "blacklisted": lambda n: env._("%s blacklisted", n),
            "duplicate": lambda n: (
                env._("%s with the number of another member", n)
                if is_sms
                else env._("%s with the address of another member", n)
            ),
            "archived": lambda n: env._("%s archived", n),
        }
        for reason, words in refusals.describe(env).items():
            describe.setdefault(reason, lambda n, words=words: f"{words}: {n}")
        parts = [text(counts[reason]) for reason, text in describe.items() if counts.get(reason)]
        return bool(parts) and env._("Left out: %s.", format_list(env, parts))

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    @api.model
    def _process_mass_mailing_queue(self):
        self._hold_without_audience()
        return super()._process_mass_mailing_queue()

    @api.model
    def _hold_without_audience(self):
        """Set due mailings whose segment fails or is empty back to draft, and tell why.

        An error inside core's loop would also stop the mailings behind it, and core marks a mailing
        without recipients as sent.
        """
        # Core looks for due mailings again after this: do not let one slip through in between
        soon = fields.Datetime.now() + timedelta(minutes=1)
        due = self.search(
            [
                ("state", "=", "in_queue"),
                ("segment_id", "!=", False),
                "|",
                ("schedule_date", "<", soon),
                ("schedule_date", "=", False),
            ]
        )
        for mailing in due:
            try:
                with self.env.cr.savepoint():
                    mailing._refresh_audience()
                reason = not mailing._has_audience() and mailing._describe_no_audience()
            except UserError as error:
                reason = str(error)
            if reason:
                mailing._hold(reason)

    def _hold(self, reason):
        """Back to draft, with the reason told to the responsible user."""
        self.ensure_one()
        self._by_button().state = "draft"
        self.message_post(
            body=self.env._("This mailing was not sent. %s", reason),
            partner_ids=self.user_id.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )

    def _action_send_mail(self, res_ids=None):
        to_segment = self.filtered("segment_id")
        to_segment._check_may_address()
        for mailing in to_segment:
            # Core falls back to every recipient when it gets an empty list
            chosen = mailing._restrict_to_audience(res_ids) if res_ids else None
            if not (chosen if res_ids else mailing._has_audience()):
                raise UserError(mailing._describe_no_audience())
            super(MailingMailing, mailing)._action_send_mail(res_ids=chosen)
            mailing._trace_left_out()
        others = self - to_segment
        return super(MailingMailing, others)._action_send_mail(res_ids=res_ids) if others else True

    def _restrict_to_audience(self, res_ids):
        self.ensure_one()
        if self.state != "sending":
            self._refresh_audience()
        return (
            self.env["res.partner"]
            .search(self._get_recipients_domain() & Domain("id", "in", res_ids))
            .ids
        )

    def _trace_left_out(self):
        """Write a cancelled trace with the reason for each member that was left out.

        Core does the same for the recipients that it leaves out itself.
        """
        self.ensure_one()
        if self.ab_testing_enabled and not self.ab_testing_is_winner_mailing:
            return
        failures = FAILURE_TYPES["sms" if self.mailing_type == "sms" else "mail"]
        self.env["mailing.trace"].flush_model()
        # The address stays empty: core would take that of a duplicate for one that has its mail
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO mailing_trace (
                       create_uid, create_date, write_uid, write_date, trace_type, model, res_id,
                       mass_mailing_id, campaign_id, trace_status, failure_type)
                SELECT %(uid)s, %(now)s, %(uid)s, %(now)s, %(type)s, 'res.partner',
                       audience.partner_id, %(mailing)s, %(campaign)s, 'cancel', failure.type
                  FROM (%(audience)s) AS audience
                  JOIN unnest(%(reasons)s, %(failures)s) AS failure(reason, type)
                    ON failure.reason = audience.reason
                 WHERE NOT EXISTS (
                       SELECT FROM mailing_trace trace
                        WHERE trace.mass_mailing_id = %(mailing)s
                          AND trace.model = 'res.partner'
                          AND trace.res_id = audience.partner_id)
                """,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                type=self.mailing_type,
                mailing=self.id,
                campaign=self.campaign_id.id or None,
                audience=self.segment_id._get_audience_sql(*self._get_audience_arguments()),
                reasons=list(failures),
                failures=list(failures.values()),
            )
        )
        self.env["mailing.trace"].invalidate_model()
        self.invalidate_recordset(["mailing_trace_ids"])

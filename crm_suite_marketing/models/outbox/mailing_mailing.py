import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.mail_guard import RETRIED

from .crm_outbox import OPEN_STATES, OWN_CHANNELS

_logger = logging.getLogger(__name__)

# What the launch and the buttons write, and nobody by hand: it says whose rights count
SYSTEM_FIELDS = ("launched_at", "launched_by_id", "is_paused", "paused_at", "pause_reason")
# What tells of what was sent: once launched, the engine and the buttons write it
ENGINE_FIELDS = ("state", "sent_date", "calendar_date", "kpi_mail_required")
# In the context where they do. No program can send it.
BY_BUTTON = object()
# Core's queue comes by once a day only
SOON = timedelta(minutes=1)
# What an address gets one message of hangs on them
GROUP_FIELDS = ("ab_testing_enabled", "campaign_id")
# Deliveries hold what hangs on them: their address, their record
FIXED_FIELDS = ("mailing_type", "mailing_model_id")
POLICIES = [("ask", "Ask"), ("resend", "Send Again"), ("leave", "Leave as It Is")]


class MailingMailing(models.Model):
    """The launch of a mailing by our engine: its audience is frozen in `crm.outbox`, and workers
    send it. Core's own queue still says when.
    """

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    delivery_engine = fields.Selection(
        [("suite", "CRM Suite"), ("core", "Odoo")],
        default="suite",
        required=True,
        tracking=True,
        help="CRM Suite: the recipients are fixed when sending starts, each with one message or "
        "the reason why there is none; nobody gets two, whatever breaks down, unless you have "
        "uncertain ones sent again. Webhooks are called until they answer; the other program "
        "passes over what it has already. "
        "Odoo: as without CRM Suite.",
    )
    launched_at = fields.Datetime(
        "Recipients Fixed on",
        copy=False,
        readonly=True,
        help="Who came later is not written to, until you send to those it missed.",
    )
    launched_by_id = fields.Many2one("res.users", "Launched by", copy=False, readonly=True)
    is_paused = fields.Boolean("Paused", copy=False, readonly=True, tracking=True)
    paused_at = fields.Datetime("Paused on", copy=False, readonly=True)
    pause_reason = fields.Text("Reason of the Pause", copy=False, readonly=True)
    uncertain_policy = fields.Selection(
        POLICIES,
        "Uncertain Messages",
        copy=False,
        help="What becomes of a message of which nobody knows whether it went, because a server "
        "broke down in between. Empty: as the company decides.",
    )
    uncertain_hours = fields.Integer("Send Again after Hours", default=24, copy=False)

    _uncertain_hours_valid = models.Constraint(
        "CHECK (uncertain_hours > 0)", "Wait at least one hour before sending again."
    )

    @api.model
    def _init_column(self, column_name):
        if column_name != "delivery_engine":
            return super()._init_column(column_name)
        # what was there before goes on as it was
        self.env.cr.execute(
            SQL("UPDATE mailing_mailing SET delivery_engine = 'core' WHERE delivery_engine IS NULL")
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # what is made after it was sent, as core's composer does, was not sent by us
            if vals.get("state", "draft") != "draft" and not self._is_own_channel(vals):
                vals.setdefault("delivery_engine", "core")
        mailings = super().create(vals_list)
        mailings.filtered("uncertain_policy")._check_policy_right()
        # not by the values alone: defaults may come with the context
        if not self.env.su and any(mailing[name] for mailing in mailings for name in SYSTEM_FIELDS):
            raise AccessError(self._describe_system_fields())
        for mailing, vals in zip(mailings, vals_list, strict=True):
            mailing._note_launcher({"state": mailing.state} | vals)
        return mailings

    def write(self, vals):
        if not self.env.su and any(name in vals for name in SYSTEM_FIELDS):
            raise AccessError(self._describe_system_fields())
        self._check_engine_fields(vals)
        if "delivery_engine" in vals and any(
            mailing.delivery_engine != vals["delivery_engine"]
            and (mailing.launched_at or mailing._has_deliveries())
            for mailing in self
        ):
            raise UserError(
                self.env._("A mailing that has been launched stays with the engine that sends it.")
            )
        for mailing in self:
            if mailing._contradicts_deliveries(vals) and mailing._has_deliveries():
                raise UserError(
                    self.env._(
                        "“%s” has been launched: its deliveries keep their channel and their "
                        "kind of recipients. Duplicate it instead.",
                        mailing.subject,
                    )
                )
        if vals.keys() & {"uncertain_policy", "uncertain_hours"}:
            self._check_policy_right()
        groups = {}
        if any(name in vals for name in GROUP_FIELDS):
            groups = {mailing: mailing._get_delivery_group() for mailing in self}
        result = super().write(vals)
        for mailing, group in groups.items():
            if mailing._get_delivery_group() != group and mailing._has_deliveries():
                raise UserError(
                    self.env._(
                        "“%s” has been launched: it knows who has got it by what it belongs to. "
                        "Duplicate it instead.",
                        mailing.subject,
                    )
                )
        self._note_launcher(vals)
        return result

    def _check_engine_fields(self, vals):
        """Refuse a mailing that was sent but says otherwise, or that it was sent another day."""
        names = [name for name in ENGINE_FIELDS if name in vals]
        if not names or self.env.su or self.env.context.get("suite_button") is BY_BUTTON:
            return
        for mailing in self:
            is_changed = any(
                field.convert_to_cache(vals[field.name], mailing)
                != field.convert_to_cache(mailing[field.name], mailing)
                for field in map(self._fields.get, names)
            )
            if is_changed and mailing._uses_suite() and mailing._is_launched():
                raise AccessError(
                    self.env._(
                        "“%s” has been launched: its state and its dates tell what was really "
                        "sent. Use its buttons instead.",
                        mailing.subject,
                    )
                )

    def _by_button(self):
        """Return the mailings as buttons and the engine write them."""
        return self.with_context(suite_button=BY_BUTTON)

    def _is_launched(self):
        self.ensure_one()
        return bool(self.state != "draft" or self.launched_at or self._has_deliveries())

    def _contradicts_deliveries(self, vals):
        """Whether what has been planned could not be handed over with these values."""
        self.ensure_one()
        return any(
            name in vals and self._fields[name].convert_to_write(self[name], self) != vals[name]
            for name in FIXED_FIELDS
        )

    def _check_policy_right(self):
        """Who has uncertain messages sent again decides about doubles."""
        right = "crm_suite_marketing.group_marketing_user"
        if self and not self.env.su and not self.env.user.has_group(right):
            raise AccessError(self.env._("Only marketing users do this."))

    @api.model
    def _is_own_channel(self, vals):
        channel = vals.get("mailing_type", self.env.context.get("default_mailing_type"))
        return channel in OWN_CHANNELS

    def _note_launcher(self, vals):
        """Whoever puts a mailing in the queue, by the button or not, launches it."""
        if not self.env.su and vals.get("state") in ("in_queue", "sending"):
            self._note_run(self._prepare_launcher_values())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_launched(self):
        # sudo: what went to contacts of another company went, too
        rows = self.env["crm.outbox"].sudo().search([("mailing_id", "in", self.ids)], limit=1)
        if rows:
            raise UserError(
                self.env._(
                    "“%s” has been launched: its deliveries say who got it and who did not. "
                    "Archive it instead.",
                    rows.mailing_id.subject,
                )
            )

    def _describe_system_fields(self):
        return self.env._("A mailing is launched, paused and resumed by its buttons only.")

    def _note_run(self, values):
        # sudo: nobody writes this by hand; whoever calls it may launch or stop the mailing
        self.sudo().write(values)

    # ------------------------------------------------------------------
    # Launch
    # ------------------------------------------------------------------

    def _uses_suite(self):
        self.ensure_one()
        # an A/B test of text messages is core's
        is_cores = self.mailing_type == "sms" and self.ab_testing_enabled
        return self.delivery_engine == "suite" and not is_cores

    def action_put_in_queue(self):
        """Note who launches: nobody reaches by another's name whom he may not see himself."""
        result = super(MailingMailing, self._by_button()).action_put_in_queue()
        suite = self.filtered(lambda mailing: mailing._uses_suite())
        suite._note_run({"launched_at": False} | self._prepare_launcher_values())
        return result

    def action_cancel(self):
        """Core's button for what waits in the queue; what is being sent is stopped instead."""
        running = self.filtered(lambda mailing: mailing.state == "sending" and mailing.launched_at)
        if running:
            running.action_cancel_rest()
        waiting = (self - running).filtered(
            lambda mailing: mailing.state == "in_queue" or not mailing._uses_suite()
        )
        # what was sent stays sent, also where somebody wanted to launch it once more
        again = waiting.filtered(
            lambda mailing: mailing._uses_suite() and mailing._has_deliveries()
        )
        again._by_button().write({"state": "done", "schedule_date": False, "schedule_type": "now"})
        waiting = (waiting - again)._by_button()
        return super(MailingMailing, waiting).action_cancel() if waiting else None

    def _get_launcher(self):
        """:return: whose rights count: who launched, when the system sends, else the user"""
        self.ensure_one()
        # sudo: only to know whose rights count
        by_system = self.env.user._is_superuser()
        return self.sudo().launched_by_id if by_system else self.env.user

    def _prepare_launcher_values(self):
        return {} if self.env.su else {"launched_by_id": self.env.uid}

    @api.model
    def _process_mass_mailing_queue(self):
        if not self._launch_due():
            self.env.ref("mass_mailing.ir_cron_mass_mailing_queue")._trigger(
                fields.Datetime.now() + SOON
            )
        core = self._by_button().with_context(suite_leaves_to_core=True)
        return super(MailingMailing, core)._process_mass_mailing_queue()

    @api.model
    @api.readonly
    def search(self, domain, *args, **kwargs):
        """Core's queue launches what is core's; what fails there stops all that is behind it."""
        if self.env.context.get("suite_leaves_to_core"):
            tests = Domain("mailing_type", "=", "sms") & Domain("ab_testing_enabled", "=", True)
            ours = Domain("delivery_engine", "=", "suite") & ~tests
            started = Domain("state", "!=", "in_queue") & Domain("launched_at", "!=", False)
            domain = Domain(domain) & (~ours | started)
        return super().search(domain, *args, **kwargs)

    @api.model
    def _launch_due(self):
        """Fix the recipients of the mailings that are due, each by itself: one that fails goes back
        to draft, with the reason told, and does not stop the others.

        :return: whether none is left for another run
        """
        due = self.search(self._get_due_domain()).filtered(lambda mailing: mailing._uses_suite())
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        is_done = True
        for mailing in due:
            try:
                # where nobody else works on it just now
                if mailing.try_lock_for_update(allow_referencing=True):
                    mailing.invalidate_recordset(["state"])
                    if mailing.state in ("in_queue", "sending"):
                        mailing._launch_or_hold()
                else:
                    is_done = False
            except RETRIED:
                # what somebody else has written since is seen by another transaction only
                self.env.cr.rollback()
                self.env.invalidate_all()
                is_done = False
            self.env["ir.cron"]._commit_progress(processed=1)
        return is_done

    def _launch_or_hold(self):
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._action_send_mail()
        except RETRIED:
            raise
        except UserError as error:
            self._hold(str(error))
        except Exception as error:
            # whatever is wrong with one mailing does not hold up the others
            _logger.warning("Mailing %s cannot be launched", self.id, exc_info=True)
            self._hold(str(error))

    def _action_send_mail(self, res_ids=None):
        suite = self.filtered(lambda mailing: mailing._uses_suite())
        for mailing in suite:
            mailing._launch(res_ids)
        others = self - suite
        return super(MailingMailing, others)._action_send_mail(res_ids=res_ids) if others else True

    def _launch(self, res_ids=None):
        """Fix the recipients and hand them to the workers.

        :param res_ids: only these of the records that are meant
        :raise UserError: when there is nobody, or somebody else launches it just now
        """
        self.ensure_one()
        if self.state == "sending" and self.launched_at and not res_ids:
            # fixed already: core's queue comes by as long as it is being sent
            self.env["crm.outbox"]._wake_workers()
            return
        self._check_may_address()
        if not self.try_lock_for_update(allow_referencing=True):
            raise UserError(self.env._("“%s” is being launched just now.", self.subject))
        if self.segment_id:
            self._refresh_audience()
        had_rows = self._has_deliveries()
        planned = self._freeze_audience(res_ids)
        if not planned and not had_rows:
            raise UserError(self._describe_nobody())
        self._start_sending()

    def _start_sending(self):
        if not self.active:
            # it would go unasked once somebody restores it
            raise UserError(self.env._("This mailing is archived. Restore it first."))
        self._by_button().state = "sending"
        self._note_run({"launched_at": fields.Datetime.now()} | self._prepare_launcher_values())
        self._close_delivered()
        self.env["crm.outbox"]._wake_workers()

    def _describe_nobody(self):
        if self.segment_id:
            return self._describe_no_audience()
        return self.env._("Nobody of the recipients can be reached, so nothing was sent.")

    def _has_deliveries(self):
        self.ensure_one()
        # sudo: what went to contacts of another company went, too
        domain = [("mailing_id", "=", self.id)]
        return bool(self.env["crm.outbox"].sudo().search_count(domain, limit=1))

    def _has_audience(self):
        return (self._uses_suite() and self._has_deliveries()) or super()._has_audience()

    def _get_remaining_recipients(self):
        """Core's queue goes on with a mailing as long as this is not empty, and then calls it
        sent."""
        self.ensure_one()
        if not self._uses_suite() or not self.launched_at:
            return super()._get_remaining_recipients()
        # sudo: the queue sends for all companies
        rows = (
            self.env["crm.outbox"].sudo().search_fetch(self._get_open_domain(), ["res_id"], limit=1)
        )
        return rows.mapped("res_id")

    def _get_open_domain(self):
        return [("mailing_id", "in", self.ids), ("state", "in", OPEN_STATES)]

    def _close_delivered(self):
        """Call those sent that have nothing to send any more. The workers ask for it."""
        # sudo: what waits for contacts of another company waits, too
        Outbox = self.env["crm.outbox"].sudo()
        busy = {
            mailing.id for [mailing] in Outbox._read_group(self._get_open_domain(), ["mailing_id"])
        }
        for mailing in self:
            if mailing.state == "sending" and mailing.launched_at and mailing.id not in busy:
                mailing._by_button().write(
                    {
                        "state": "done",
                        "sent_date": mailing._get_sent_date(),
                        # the mail about the results comes once
                        "kpi_mail_required": not mailing.sent_date,
                    }
                )
                mailing._note_run({"is_paused": False, "pause_reason": False})

    def _get_sent_date(self):
        """A second launch that finds nobody sends nothing: the date stays."""
        self.ensure_one()
        if self.sent_date:
            sent = [("mailing_id", "=", self.id), ("sent_at", ">", self.sent_date)]
            # sudo: what went to contacts of another company went, too
            if not self.env["crm.outbox"].sudo().search_count(sent, limit=1):
                return self.sent_date
        return fields.Datetime.now()

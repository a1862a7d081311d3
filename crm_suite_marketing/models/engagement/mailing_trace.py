from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...lib import engagement as lib
from . import statements

BOUNCE_CLASSES = [("bounce_soft", "Bounced for Now"), ("bounce_hard", "Bounced for Good")]
# What events say; everything else in the status says how far the sending has come
EVENT_STATUSES = ("bounce", "open", "reply")
COLUMNS = (
    ("trace_status", "varchar"),
    ("failure_type", "varchar"),
    ("failure_reason", "text"),
    ("open_datetime", "timestamp"),
    ("last_open_datetime", "timestamp"),
    ("open_count", "int"),
    ("links_click_datetime", "timestamp"),
    ("first_click_datetime", "timestamp"),
    ("click_count", "int"),
    ("bot_open_count", "int"),
    ("bot_click_count", "int"),
    ("is_bot_only", "bool"),
    ("reply_datetime", "timestamp"),
    ("auto_reply_datetime", "timestamp"),
    ("bounce_datetime", "timestamp"),
    ("bounce_class", "varchar"),
    ("complaint_datetime", "timestamp"),
    ("unsubscribe_datetime", "timestamp"),
)


class MailingTrace(models.Model):
    """A row of Odoo's statistics is what the events of a message come to (`crm.engagement`).

    How far the sending has come is written by what sends. What became of the message is written
    here only: Odoo's own ways to note it lead to the ledger.
    """

    _inherit = "mailing.trace"

    open_count = fields.Integer("Opens", readonly=True, help="By people.")
    last_open_datetime = fields.Datetime("Last Opened On", readonly=True)
    first_click_datetime = fields.Datetime("First Clicked On", readonly=True)
    click_count = fields.Integer("Clicks", readonly=True, help="By people.")
    bot_open_count = fields.Integer("Opens by Programs", readonly=True)
    bot_click_count = fields.Integer("Clicks by Programs", readonly=True)
    is_bot_only = fields.Boolean(
        "Programs Only",
        readonly=True,
        help="Programs opened the message or followed its links; no person did.",
    )
    auto_reply_datetime = fields.Datetime("Answered by Itself On", readonly=True)
    bounce_datetime = fields.Datetime("Bounced On", readonly=True)
    bounce_class = fields.Selection(BOUNCE_CLASSES, "Bounced", readonly=True)
    complaint_datetime = fields.Datetime("Reported as Spam On", readonly=True)
    unsubscribe_datetime = fields.Datetime("Unsubscribed On", readonly=True)

    # Core searches by these at each reply, open and bounce, and has no index for them. Its bounce
    # check compares the address without regard to case: only the short list of bounces is cheap.
    _model_res_id_idx = models.Index("(model, res_id)")
    _message_id_idx = models.Index("(message_id) WHERE message_id IS NOT NULL")
    _email_idx = models.Index("(email) WHERE email IS NOT NULL")
    _bounce_idx = models.Index("(write_date, email) WHERE trace_status = 'bounce'")

    @api.depends_context("lang")
    @api.depends("mass_mailing_id.subject", "email", "sms_number", "trace_type")
    def _compute_display_name(self):
        """Say who and what, where core says the technical name of both."""
        kinds = dict(self._fields["trace_type"]._description_selection(self.env))
        for trace in self:
            who = trace.email or trace.sms_number or kinds.get(trace.trace_type)
            what = trace.mass_mailing_id.display_name
            trace.display_name = f"{who}: {what}" if what else who

    # ------------------------------------------------------------------
    # What the events come to
    # ------------------------------------------------------------------

    @api.model
    def _project_events(self, trace_ids, anew=(), wait=True):
        """Bring these rows up to date with their events, however those came.

        :param anew: ids whose events were judged otherwise, so that they may fall as well
        :param wait: True: wait for whoever adds to the same rows. False: lock only rows that
            change, and leave those that somebody else writes just now to him
        """
        self.flush_model()
        self.env["res.company"].flush_model(["engagement_count_bots"])
        if not wait:
            changed = self._find_changed(self._read_projections(trace_ids), anew)
            trace_ids = [row[0] for row in changed]
        lock = SQL("ORDER BY id FOR NO KEY UPDATE %s", SQL("" if wait else "SKIP LOCKED"))
        changed = self._find_changed(self._read_projections(trace_ids, lock), anew)
        if changed:
            now = fields.Datetime.now()
            self.env.cr.execute(statements.update_traces(changed, COLUMNS, now))
            self.invalidate_model()

    def _read_projections(self, trace_ids, lock=None):
        return self.env.execute_query(
            SQL(
                "SELECT id, %(names)s FROM mailing_trace WHERE id = ANY(%(ids)s) %(lock)s",
                names=SQL(", ").join(SQL.identifier(name) for name, _kind in COLUMNS),
                ids=list(trace_ids),
                lock=lock or SQL(),
            )
        )

    def _find_changed(self, rows, anew):
        """Return the rows that differ from what their events come to, as they should be."""
        events, counts_bots, bounces = self._find_events([row[0] for row in rows])
        changed = []
        for trace_id, *before in rows:
            if trace_id not in events:
                continue
            outcome = lib.project(events[trace_id], counts_bots[trace_id])
            known = dict(zip((name for name, _kind in COLUMNS), before, strict=True))
            after = self._prepare_projection(outcome, known, trace_id in anew)
            after["failure_reason"] = known["failure_reason"]
            if after["trace_status"] == "bounce":
                # what the server said of the worst, and of these the first
                said = max(bounces[trace_id], default=(0, 0, ""))[2]
                after["failure_reason"] = said or known["failure_reason"]
            if [after[name] for name, _kind in COLUMNS] != before:
                changed.append((trace_id, *(after[name] for name, _kind in COLUMNS)))
        return changed

    def _find_events(self, trace_ids):
        rows = self.env.execute_query(
            SQL(
                """SELECT event.trace_id, event.kind, event.ts, event.actor,
                          company.engagement_count_bots, event.evidence ->> 'text'
                     FROM crm_engagement AS event
                LEFT JOIN res_company AS company ON company.id = COALESCE(event.company_id, %s)
                    WHERE event.trace_id = ANY(%s)""",
                self.env["crm.engagement"]._get_main_company().id,
                list(trace_ids),
            )
        )
        events, counts_bots, bounces = defaultdict(list), {}, defaultdict(list)
        for trace_id, kind, date, actor, counts, said in rows:
            events[trace_id].append(lib.Event(kind, date, actor))
            counts_bots[trace_id] = bool(counts)
            if kind in lib.BOUNCE_RANKS:
                bounces[trace_id].append((lib.BOUNCE_RANKS[kind], -date.timestamp(), said or ""))
        return events, counts_bots, bounces

    def _prepare_projection(self, outcome, known, is_anew):
        """:param known: the values of the row as they are"""
        status = known["trace_status"]
        if status == "cancel":
            reached = status
        else:
            sending = "sent" if status in EVENT_STATUSES else status
            reached = lib.get_status(outcome, sending)
            if not is_anew and lib.RANKS.get(reached, -1) < lib.RANKS.get(status, -1):
                reached = status
        failure = known["failure_type"]
        if reached == "bounce":
            failure = "mail_bounce"
        elif failure == "mail_bounce" or (failure and reached in ("open", "reply")):
            failure = None

        def keep(found, name):
            # what Odoo noted without an event stays, unless the row is made anew
            return found if found or is_anew else known[name]

        first_open = min(filter(None, [outcome.first_open, outcome.first_click]), default=None)
        return {
            "trace_status": reached,
            "failure_type": failure,
            "open_datetime": keep(first_open, "open_datetime"),
            "last_open_datetime": outcome.last_open,
            "open_count": outcome.open_count,
            "links_click_datetime": keep(outcome.last_click, "links_click_datetime"),
            "first_click_datetime": outcome.first_click,
            "click_count": outcome.click_count,
            "bot_open_count": outcome.bot_open_count,
            "bot_click_count": outcome.bot_click_count,
            "is_bot_only": outcome.is_bot_only,
            "reply_datetime": keep(outcome.reply_date, "reply_datetime"),
            "auto_reply_datetime": outcome.auto_reply_date,
            "bounce_datetime": outcome.bounce_date,
            "bounce_class": outcome.bounce_class,
            "complaint_datetime": outcome.complaint_date,
            "unsubscribe_datetime": outcome.unsubscribe_date,
        }

    # ------------------------------------------------------------------
    # Odoo's own ways to note what happened
    # ------------------------------------------------------------------

    def set_sent(self, domain=None):
        traces = self + (self.search(domain) if domain else self.browse())
        # a message that was opened, or came back, is not "sent" again
        super(MailingTrace, traces.filtered(lambda one: not one._has_outcome())).set_sent()
        return traces

    def set_failed(self, domain=None, failure_type=False):
        traces = self + (self.search(domain) if domain else self.browse())
        going = traces.filtered(lambda one: not one._has_outcome())
        super(MailingTrace, going).set_failed(failure_type=failure_type)
        return traces

    def set_canceled(self, domain=None):
        traces = self + (self.search(domain) if domain else self.browse())
        super(MailingTrace, traces.filtered(lambda one: not one._has_outcome())).set_canceled()
        return traces

    def _has_outcome(self):
        return self.trace_status in EVENT_STATUSES

    def set_opened(self, domain=None):
        traces, tests = self._split_tests(domain)
        super(MailingTrace, tests).set_opened()
        return traces._note("open") + tests

    def set_clicked(self, domain=None):
        traces, tests = self._split_tests(domain)
        super(MailingTrace, tests).set_clicked()
        return traces._note("click") + tests

    def set_replied(self, domain=None):
        traces, tests = self._split_tests(domain)
        super(MailingTrace, tests).set_replied()
        return traces._note("reply") + tests

    def set_bounced(self, domain=None, bounce_message=False):
        # whoever calls this has read no codes: nothing says that it is for good
        traces, tests = self._split_tests(domain)
        super(MailingTrace, tests).set_bounced(bounce_message=bounce_message)
        return traces._note("bounce_soft", text=(bounce_message or "")[:500]) + tests

    def _split_tests(self, domain):
        """Test mails are not part of any count, and leave no events."""
        if self.env.context.get("engagement_is_noted"):
            return self.browse(), self.browse()
        traces = self + (self.search(domain) if domain else self.browse())
        traces.check_access("write")  # the methods are open to RPC
        tests = traces.filtered("is_test_trace")
        return traces - tests, tests

    def _note(self, kind, **facts):
        visit = self.env.context.get("engagement_visit")
        Engagement = self.env["crm.engagement"]
        now = fields.Datetime.now()
        if visit:
            for trace in self:
                Engagement._record_visit(kind, visit, trace_id=trace.id)
        else:
            Engagement._record(
                [
                    {
                        "event_key": f"{kind}:odoo:{trace.id}:{now}",
                        "kind": kind,
                        "trace_id": trace.id,
                        "evidence": {"source": "odoo", **facts},
                    }
                    for trace in self
                ]
            )
        return self

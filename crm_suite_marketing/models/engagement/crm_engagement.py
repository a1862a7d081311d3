import hashlib
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, escape_psql, split_every

from ...lib import consent as consent_lib
from ..consent.refusals import ODD
from . import statements
from .crm_engagement_rule import JUDGED
from .evidence import describe

KINDS = [
    ("delivered", "Delivered"),
    ("open", "Opened"),
    ("click", "Clicked"),
    ("reply", "Replied"),
    ("auto_reply", "Answered by Itself"),
    ("bounce_hard", "Bounced for Good"),
    ("bounce_soft", "Bounced for Now"),
    ("complaint", "Reported as Spam"),
    ("unsubscribe", "Unsubscribed"),
    ("visit", "Page Visited"),
    ("form", "Form Posted"),
]
ACTORS = [("human", "Person"), ("bot", "Program"), ("unknown", "Unknown")]
REASONS = [
    ("reader", "A mail program or browser"),
    ("proxy", "Picture loaded for a reader by his provider"),
    ("unknown", "Nothing tells"),
    ("adopted", "Noted by Odoo without details"),
    ("by_nature", "Follows from what happened"),
    ("trap", "Followed a link that no person sees"),
    ("trap_visitor", "Same visitor followed a link that no person sees"),
    ("head", "Asked for the header only"),
    ("head_visitor", "Same visitor asked for the header only"),
    ("prefetch", "Said by itself that nobody looks yet"),
    ("before_delivery", "Before the message was delivered"),
    ("early", "Sooner after sending than a person can"),
    ("burst", "More links at once than a person follows"),
    ("scanner", "Names itself as a scanner or program"),
    ("apple_privacy", "Apple loads every picture of every mail"),
    ("no_agent", "Does not say what it is"),
    ("told", "Told by another program, without a browser"),
]
BY_NATURE = {
    "reply": "human",
    "unsubscribe": "human",
    "complaint": "human",
    "auto_reply": "bot",
    "bounce_hard": "bot",
    "bounce_soft": "bot",
    "delivered": "bot",
    "form": "human",
}
COLUMNS = (
    "event_key",
    "ts",
    "kind",
    "company_id",
    "outbox_id",
    "mailing_id",
    "campaign_id",
    "trace_id",
    "partner_id",
    "identity_key",
    "link_id",
    "actor",
    "actor_reason",
    "evidence",
)
BATCH = 1000
# One message is not opened more often than this; whoever does it floods
MOST_VISITS = 100
# What happens to the message of an erased person is noted without these
PERSONAL = frozenset({"text", "network", "country"})
# Kinds that change nothing in Odoo's statistics
UNCOUNTED = frozenset({"delivered", "visit", "form"})
# One visitor that looks twice within this time looked once
SAME_VISIT = 60


class CrmEngagement(models.Model):
    """What people, and programs in their place, did with a message. Only ever added to.

    Who it was (`actor`) is no fact but a verdict: it follows from the facts (`evidence`) by
    `lib/bot_filter.py`, and is found anew as more becomes known. It stands beside them, and the
    database lets nothing else of an event change. What events come to for Odoo's statistics
    (`mailing.trace`, clicks) is derived too: `_rebuild` makes it anew.
    """

    _name = "crm.engagement"
    _description = "Engagement"
    _order = "ts desc, id desc"
    _rec_name = "kind"
    _log_access = False

    event_key = fields.Char("Key of the Event", required=True, readonly=True)
    ts = fields.Datetime("Time", required=True, readonly=True)
    kind = fields.Selection(KINDS, "Event", required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    outbox_id = fields.Many2one(
        "crm.outbox", "Delivery", readonly=True, ondelete="set null", index="btree_not_null"
    )
    mailing_id = fields.Many2one("mailing.mailing", readonly=True, ondelete="set null")
    campaign_id = fields.Many2one(
        "utm.campaign", readonly=True, ondelete="set null", index="btree_not_null"
    )
    trace_id = fields.Many2one(
        "mailing.trace",
        "Row of the Statistics",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    email = fields.Char("Address", related="trace_id.email")
    # contacts are merged: the event follows
    partner_id = fields.Many2one("res.partner", "Contact", readonly=True, ondelete="set null")
    identity_key = fields.Char("Key of the Address", readonly=True)
    link_id = fields.Many2one(
        "link.tracker", "Short Link", readonly=True, ondelete="set null", index="btree_not_null"
    )
    link_url = fields.Char("Link", related="link_id.url", help="Where it leads to.")
    link_label = fields.Char("Words of the Link", related="link_id.label")
    actor = fields.Selection(ACTORS, "Who", required=True, readonly=True, default="unknown")
    actor_reason = fields.Selection(REASONS, "Why We Think So", readonly=True)
    evidence = fields.Json("Facts", readonly=True, help="Empty: it was erased.")
    evidence_text = fields.Text("Evidence", compute="_compute_evidence_text")
    page = fields.Char(
        compute="_compute_page",
        search="_search_page",
        help="That was looked at, or on which a form was posted.",
    )

    _event_key_uniq = models.UniqueIndex("(event_key)")
    _ts_idx = models.Index("USING brin (ts)")
    _latest_idx = models.Index("(ts DESC, id DESC)")
    _mailing_idx = models.Index("(mailing_id, kind, ts)")
    _rebuild_idx = models.Index("(mailing_id, id)")
    _partner_idx = models.Index("(partner_id, ts) WHERE partner_id IS NOT NULL")
    _identity_idx = models.Index("(identity_key, ts)")

    def init(self):
        self.env.cr.execute(SQL(statements.GUARD))

    @api.depends("kind", "partner_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            who = event.partner_id.display_name or event.email
            event.display_name = f"{kinds.get(event.kind)}: {who}" if who else kinds.get(event.kind)

    @api.depends_context("lang")
    @api.depends("evidence")
    def _compute_evidence_text(self):
        codes = [(event.evidence or {}).get("country") for event in self]
        known = self.env["res.country"].search([("code", "in", list(filter(None, codes)))])
        countries = {country.code: country.name for country in known}
        for event in self:
            event.evidence_text = describe(self.env, event.evidence or {}, countries)

    @api.depends("evidence")
    def _compute_page(self):
        for event in self:
            event.page = (event.evidence or {}).get("url")

    def _search_page(self, operator, value):
        if operator not in ("like", "ilike", "=", "not like", "not ilike", "!=", "=like", "=ilike"):
            return NotImplemented
        inner = {"like": "LIKE", "ilike": "ILIKE", "=like": "LIKE", "=ilike": "ILIKE", "=": "="}
        is_not = operator.startswith(("not ", "!"))
        word = {"!=": "="}.get(operator, operator.removeprefix("not "))
        pattern = f"%{escape_psql(value)}%" if word in ("like", "ilike") else value
        if not isinstance(value, str):
            return NotImplemented

        def compare(model, alias, query):
            found = SQL(
                "COALESCE(%s ->> 'url', '') %s %s",
                SQL.identifier(alias, "evidence"),
                SQL(inner[word]),
                pattern,
            )
            return SQL("NOT (%s)", found) if is_not else found

        return Domain.custom(to_sql=compare)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self._describe_append_only())

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self._describe_append_only())

    def _describe_append_only(self):
        return self.env._("What happened to a mailing is only ever added to.")

    # ------------------------------------------------------------------
    # Adding
    # ------------------------------------------------------------------

    @api.model
    def _record(self, values_list):
        """Add events, each once however often it is reported, and bring what follows up to date.

        :param values_list: dicts with ``event_key``, ``kind`` and ``outbox_id`` or ``trace_id``
            (or ``mailing_id`` and ``identity_key``, where no message is known; or ``partner_id``
            and ``company_id``, for what was done on a web site); ``ts`` (now), ``link_id``,
            ``evidence`` (a dict of plain values)
        :return: the events that are new
        """
        rows = self._complete(values_list)
        added = []
        for batch in split_every(BATCH, rows):
            values = [tuple(row.get(name) or None for name in COLUMNS) for row in batch]
            self.env.cr.execute(statements.insert(values, COLUMNS))
            added += [row[0] for row in self.env.cr.fetchall()]
        # sudo: whoever looked has no rights; this is the one door of the ledger
        events = self.sudo().browse(added)
        if events:
            self._settle(events)
        return events

    def _complete(self, values_list):
        """Fill in whom and what the message of each event belongs to; leave out what is none."""
        self.env["crm.outbox"].flush_model()
        self.env["mailing.trace"].flush_model()
        deliveries = {values["outbox_id"] for values in values_list if values.get("outbox_id")}
        traces = {values["trace_id"] for values in values_list if values.get("trace_id")}
        names = ("company_id", "mailing_id", "campaign_id", "trace_id", "partner_id")
        of_delivery = {
            row[0]: dict(zip((*names, "identity_key", "is_erased"), row[1:], strict=True))
            for row in self._select(statements.OF_DELIVERY, deliveries)
        }
        names = ("company_id", "mailing_id", "campaign_id", "outbox_id", "partner_id")
        of_trace = {}
        found = self._select(statements.OF_TRACE, traces)
        for trace_id, *row, key, email, is_erased, is_test in found:
            if not is_test:
                of_trace[trace_id] = dict(zip(names, row, strict=True)) | {
                    "identity_key": key or self._hash_email(email),
                    "is_erased": is_erased,
                }
        rows, now = [], fields.Datetime.now()
        for values in values_list:
            known = {}
            if values.get("outbox_id"):
                known = of_delivery.get(values["outbox_id"])
            elif values.get("trace_id"):
                known = of_trace.get(values["trace_id"])
            if known is None:
                continue
            kind = values["kind"]
            facts = values.get("evidence") or {}
            if known.get("is_erased"):
                facts = {name: fact for name, fact in facts.items() if name not in PERSONAL}
            rows.append(
                {"ts": now, "actor": BY_NATURE.get(kind, "unknown")}
                | {"actor_reason": "by_nature" if kind in BY_NATURE else "unknown"}
                | known
                | values
                | {"evidence": facts and json.dumps(_make_storable(facts))}
            )
        self._complete_companies(rows)
        return rows

    def _complete_companies(self, rows):
        """What Odoo itself has sent has no delivery: it belongs to the company of who sent it."""
        lost = [row for row in rows if row.get("mailing_id") and not row.get("company_id")]
        # sudo: whoever looked has no rights; only the company of the mailing is read
        mailings = self.env["mailing.mailing"].sudo().browse({row["mailing_id"] for row in lost})
        companies = {one.id: one._get_delivery_company().id for one in mailings.exists()}
        for row in lost:
            row["company_id"] = companies.get(row["mailing_id"])

    def _select(self, statement, ids):
        return self.env.execute_query(SQL(statement, list(ids))) if ids else []

    def _hash_email(self, email):
        Consent = self.env["crm.consent"]
        identity = Consent._normalize(email, "email") if email else None
        return Consent._hash(identity, "email") if identity else None

    @api.model
    def _record_visit(self, kind, visit, link_id=None, is_trap=False, **message):
        """Somebody, or something, loaded the picture of a message or followed one of its links.

        :param visit: dict of ``method``, ``agent``, ``network``, ``country``, ``prefetch``
        :param message: ``outbox_id`` or ``trace_id``
        """
        [[name, number]] = message.items()
        seen = self.env.execute_query(
            SQL(
                "SELECT FROM crm_engagement WHERE %s = %s AND kind = %s LIMIT %s",
                SQL.identifier(name),
                number,
                kind,
                MOST_VISITS,
            )
        )
        if len(seen) >= MOST_VISITS:
            return self.browse()
        now = fields.Datetime.now()
        who = "|".join(visit.get(part) or "" for part in ("method", "network", "agent"))
        parts = [
            kind,
            name[0] + str(number),
            str(link_id or ("trap" if is_trap else "")),
            hashlib.sha256(who.encode()).hexdigest()[:16],
            str(int(now.timestamp()) // SAME_VISIT),
        ]
        facts = {key: value for key, value in visit.items() if value}
        if is_trap:
            facts["trap"] = True
        return self._record(
            [
                {
                    "event_key": ":".join(parts),
                    "kind": kind,
                    "ts": now,
                    "link_id": link_id,
                    "evidence": facts,
                    **message,
                }
            ]
        )

    # ------------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------------

    def _settle(self, events):
        """Bring everything that follows from these events up to date."""
        rows = self._select(
            "SELECT kind, outbox_id, trace_id FROM crm_engagement WHERE id = ANY(%s)", events.ids
        )
        visits = [row for row in rows if row[0] in ("open", "click")]
        changed = self.env["crm.engagement.verdict"]._judge(
            {outbox_id for _kind, outbox_id, _trace in visits if outbox_id},
            {trace_id for _kind, outbox_id, trace_id in visits if trace_id and not outbox_id},
        )
        self._resolve({outbox_id for _kind, outbox_id, _trace in rows if outbox_id})
        counted = [row for row in rows if row[0] not in UNCOUNTED]
        self._project({trace_id for _kind, _outbox, trace_id in counted if trace_id}, changed)
        if visits:
            self._write_clicks(set(events.ids) | changed.keys())
        # most events are visits of pages, and nothing follows from those here
        if any(kind in JUDGED for kind, _outbox, _trace in rows):
            self.env["crm.engagement.rule"]._apply(events)
        self.env.invalidate_all()

    def _resolve(self, deliveries):
        if not deliveries:
            return
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                statements.RESOLVE,
                detail=self.env._("The recipient, or his server, has answered: it was sent."),
                now=now,
                deliveries=list(deliveries),
            )
        )
        if traces := [row[0] for row in self.env.cr.fetchall() if row[0]]:
            self.env.cr.execute(
                SQL(
                    """UPDATE mailing_trace
                          SET trace_status = 'sent', failure_type = NULL, failure_reason = NULL,
                              sent_datetime = COALESCE(sent_datetime, %s)
                        WHERE id = ANY(%s)
                          AND trace_status IN ('outgoing', 'process', 'pending', 'error')""",
                    now,
                    traces,
                )
            )

    def _project(self, traces, changed=None, wait=True):
        """Bring rows of the statistics up to date with their events.

        :param traces: ids; they are raised only
        :param changed: ``{event: row}`` whose verdict has changed; these rows are made anew
        :param wait: False: rows that somebody else writes just now are left to him
        """
        anew = set(filter(None, (changed or {}).values()))
        for batch in split_every(BATCH, sorted({*traces, *anew})):
            # sudo: the statistics are derived; nobody has rights to write them
            self.env["mailing.trace"].sudo()._project_events(list(batch), anew, wait)

    def _write_clicks(self, event_ids):
        values = {
            "events": list(event_ids),
            "company": self._get_main_company().id,
            "uid": self.env.uid,
        }
        for statement in (statements.DROP_CLICKS, statements.ADD_CLICKS):
            self.env.cr.execute(SQL(statement, **values))

    @api.model
    def _get_main_company(self):
        """Return the company whose settings hold for mails that Odoo itself has sent."""
        # sudo: settings only
        return self.env["res.company"].sudo().search([], order="id", limit=1)

    # ------------------------------------------------------------------
    # Anew
    # ------------------------------------------------------------------

    @api.model
    def _rebuild(self, mailings):
        """Judge all events of mailings again, and make what follows from them anew."""
        self.env["crm.engagement.rebuild"]._rebuild(mailings)

    @api.model
    def _adopt_traces(self):
        """Take over what Odoo has noted of messages without an event, so that nothing of it is
        lost when the statistics are made anew.
        """
        self.env["mailing.trace"].flush_model()
        Consent = self.env["crm.consent"]
        self.env.cr.execute(
            SQL(
                statements.ADOPT,
                odd=SQL(ODD.code.replace("address", "trace.email")),
                salt=consent_lib.salt(Consent._get_key(), "email"),
            )
        )
        self._project({row[0] for row in self.env.cr.fetchall()})
        self.env.invalidate_all()

    @api.model
    def _cron_classify(self):
        """Judge the visits of the last weeks again: later ones, and new thresholds, tell more."""
        self.env["crm.engagement.rebuild"]._run()

    @api.model
    def _cron_count_clicks(self):
        """Bring the numbers of clicks on links up to date, for Odoo's own screens."""
        since = fields.Datetime.now() - timedelta(days=1)
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT link_id FROM crm_engagement
                    WHERE ts > %s AND kind = 'click' AND link_id IS NOT NULL""",
                since,
            )
        )
        self._count_clicks([row[0] for row in rows])

    def _count_clicks(self, links):
        for batch in split_every(BATCH, links):
            self.env.cr.execute(SQL(statements.COUNT_CLICKS, links=list(batch)))
        self.env["link.tracker"].invalidate_model(["count"])

    def action_classify(self):
        """Judge again who it was, for the mailings of these events."""
        if not self.env.user.has_group("crm_suite_marketing.group_marketing_user"):
            raise AccessError(self.env._("Only marketing users have events judged again."))
        self.check_access("read")
        # sudo: derived values, which nobody has rights to write
        return self.env["crm.engagement.rebuild"].sudo()._start(self.mailing_id)


def _make_storable(value):
    """Return a value of JSON without characters that the database cannot hold: strangers write
    them.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "")
    if isinstance(value, dict):
        return {_make_storable(name): _make_storable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_make_storable(one) for one in value]
    return value

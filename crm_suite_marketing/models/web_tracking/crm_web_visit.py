from odoo import api, fields, models
from odoo.tools import SQL

from ..engagement.crm_engagement import ACTORS, REASONS

COLUMNS = (
    "event_key",
    "visitor_id",
    "site_id",
    "company_id",
    "partner_id",
    "kind",
    "ts",
    "url",
    "title",
    "referrer",
    "form",
    "actor",
    "actor_reason",
)


class CrmWebVisit(models.Model):
    """A page that somebody looked at, or a form of the site that he posted, after he had agreed.

    Of whom nobody knows, it waits here. Of a contact it is told to the ledger of events as well
    (`crm.engagement`), which journeys and scores read.
    """

    _name = "crm.web.visit"
    _description = "Page Visit"
    _order = "ts desc, id desc"
    _rec_name = "url"
    _log_access = False

    event_key = fields.Char(required=True, readonly=True)
    visitor_id = fields.Many2one(
        "crm.web.visitor", required=True, readonly=True, ondelete="cascade"
    )
    site_id = fields.Many2one("crm.web.site", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    partner_id = fields.Many2one("res.partner", "Contact", readonly=True, ondelete="set null")
    kind = fields.Selection(
        [("visit", "Page Visited"), ("form", "Form Posted")],
        "Event",
        required=True,
        readonly=True,
    )
    ts = fields.Datetime("Time", required=True, readonly=True)
    url = fields.Char("Page", required=True, readonly=True)
    title = fields.Char("Title of the Page", readonly=True)
    referrer = fields.Char("Came From", readonly=True)
    form = fields.Char(readonly=True)
    actor = fields.Selection(ACTORS, "Who", required=True, readonly=True)
    actor_reason = fields.Selection(REASONS, "Why We Think So", readonly=True)

    _event_key_uniq = models.UniqueIndex("(event_key)")
    _latest_idx = models.Index("(ts DESC, id DESC)")
    _site_idx = models.Index("(site_id, ts)")
    _visitor_idx = models.Index("(visitor_id, ts)")
    _partner_idx = models.Index("(partner_id, ts) WHERE partner_id IS NOT NULL")

    @api.model
    def _add(self, visitor, events, verdict):
        """Add what a visitor did, each event once however often it is told.

        :param events: of `lib.web_tracking`
        :param verdict: who it was, as `lib.bot_filter` says
        :return: the visits that are new
        """
        if not events:
            return self.browse()
        rows = [
            (
                f"web:{visitor.id}:{event.key}",
                visitor.id,
                visitor.site_id.id,
                visitor.company_id.id,
                visitor.partner_id.id or None,
                event.kind,
                event.at,
                event.url,
                event.title or None,
                event.referrer or None,
                event.form or None,
                verdict.actor,
                verdict.reason,
            )
            for event in events
        ]
        found = self.env.execute_query(
            SQL(
                """WITH added AS (
                       INSERT INTO crm_web_visit (%(names)s) VALUES %(rows)s
                           ON CONFLICT (event_key) DO NOTHING RETURNING id, kind),
                   counted AS (
                       UPDATE crm_web_visitor
                          SET page_count = page_count
                              + (SELECT COUNT(*) FROM added WHERE kind = 'visit')
                        WHERE id = %(visitor)s)
                   SELECT id FROM added""",
                names=SQL(", ").join(SQL.identifier(name) for name in COLUMNS),
                rows=SQL(", ").join(SQL("%s", row) for row in rows),
                visitor=visitor.id,
            )
        )
        visitor.invalidate_recordset(["page_count"])
        visits = self.browse(row[0] for row in found)
        if visitor.partner_id:
            visits._tell_ledger(visitor)
        return visits

    def _tell_ledger(self, visitor):
        """Tell the ledger of events what a contact did: one statement for all of it."""
        names = ("event_key", "kind", "ts", "url", "title", "referrer", "form")
        rows = self.env.execute_query(
            SQL(
                """SELECT %s, actor, actor_reason FROM crm_web_visit
                    WHERE id = ANY(%s) ORDER BY ts, id""",
                SQL(", ").join(SQL.identifier(name) for name in names),
                self.ids,
            )
        )
        # sudo: readers of the ledger need not see the site
        site = visitor.sudo().site_id.name
        self.env["crm.engagement"]._record(
            [
                {
                    "event_key": event_key,
                    "kind": kind,
                    "ts": ts,
                    "company_id": visitor.company_id.id,
                    "partner_id": visitor.partner_id.id,
                    "identity_key": visitor.identity_key,
                    "actor": actor,
                    "actor_reason": reason,
                    "evidence": {
                        name: fact
                        for name, fact in (
                            ("url", url),
                            ("title", title),
                            ("referrer", referrer),
                            ("form", form),
                            ("site", site),
                        )
                        if fact
                    },
                }
                for event_key, kind, ts, url, title, referrer, form, actor, reason in rows
            ]
        )

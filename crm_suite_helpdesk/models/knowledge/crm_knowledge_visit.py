from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, hmac

from odoo.addons.crm_suite.lib.lead_form import hash_address

# Whoever still needs help writes within this time
DECIDED_HOURS = 24
# After this nobody can be told from another any more
KNOWN_DAYS = 90
MAX_VIEWS_AN_HOUR = 200
MAX_VOTES_AN_HOUR = 30
MAX_COMMENT = 1000


class CrmKnowledgeVisit(models.Model):
    """One reader and one article on one day: whether it helped, and whether a ticket followed.

    A reader is a contact who is logged in, or somebody with this address and browser, of whom
    only a keyed hash is kept, and that for three months. Rows are written by the system: by SQL,
    because reading must never wait, nor fail, for being counted.
    """

    _name = "crm.knowledge.visit"
    _description = "Article Reader"
    _order = "date desc, id desc"
    _rec_name = "article_id"

    article_id = fields.Many2one(
        "crm.knowledge.article", required=True, readonly=True, index=True, ondelete="cascade"
    )
    category_id = fields.Many2one(related="article_id.category_id", store=True)
    company_id = fields.Many2one(related="article_id.company_id", store=True)
    lang = fields.Char("Language", related="article_id.lang", store=True)
    date = fields.Datetime(readonly=True, required=True)
    day = fields.Date(readonly=True)
    source = fields.Selection(
        [
            ("help", "Help centre"),
            ("portal", "While writing in the portal"),
            ("form", "While writing in a form"),
            ("answer", "Link in an answer"),
            ("agent", "Used by an agent"),
        ],
        required=True,
        readonly=True,
        help="Who reads while writing a ticket certainly wanted to write one.",
    )
    partner_id = fields.Many2one(
        "res.partner", "Reader", readonly=True, index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one("res.users", "Agent", readonly=True, ondelete="set null")
    visitor = fields.Char(readonly=True, groups="base.group_system")
    address_hash = fields.Char(readonly=True, groups="base.group_system")
    outcome = fields.Selection(
        [
            ("pending", "Not known yet"),
            ("continued", "Read on"),
            ("unhelped", "Was not helped"),
            ("ticket", "Wrote a ticket"),
            ("spared", "Wrote no ticket"),
        ],
        readonly=True,
        help="Known a day later. Of several articles that somebody read, the last one counts.",
    )
    ticket_id = fields.Many2one(
        "crm.ticket",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="crm_suite_helpdesk.group_manager",
    )
    comment = fields.Text(
        "What Was Missing", readonly=True, help="What the reader wrote when it was of no help."
    )
    readers = fields.Integer(readonly=True)
    helped = fields.Integer(readonly=True)
    unhelped = fields.Integer("Did Not Help", readonly=True)
    spared = fields.Integer("Tickets Spared", readonly=True)
    used = fields.Integer("Used in Answers", readonly=True)

    _once_a_day = models.UniqueIndex("(article_id, visitor, day) WHERE visitor IS NOT NULL")
    _address_idx = models.Index("(address_hash, date) WHERE address_hash IS NOT NULL")
    _visitor_idx = models.Index("(visitor, date) WHERE visitor IS NOT NULL")
    _pending_idx = models.Index("(date) WHERE outcome = 'pending'")
    _date_idx = models.Index("(date)")

    # ------------------------------------------------------------------ business

    @api.model
    def _hash_visitor(self, user, address, agent):
        """:return: (key of the reader, key of his address): neither can be turned back"""
        # sudo: the secret of the database; nobody sees it
        secret = hmac(self.env(su=True), "crm_suite_helpdesk.knowledge", "key")
        address_hash = hash_address(secret, 0, address or "")
        if user._is_public():
            return hash_address(secret, 1, f"{address_hash} {(agent or '')[:300]}"), address_hash
        return hash_address(secret, 2, f"partner {user.partner_id.id}"), address_hash

    @api.model
    def _count_recent(self, address_hash):
        """How much came from an address within an hour: (views, votes)."""
        self.flush_model(["helped", "unhelped"])
        [counts] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*), COALESCE(SUM(helped + unhelped), 0)
                  FROM crm_knowledge_visit
                 WHERE address_hash = %s AND date > %s
                """,
                address_hash,
                self.env["crm.ticket"]._now() - timedelta(hours=1),
            )
        )
        return counts

    @api.model
    def _record_view(self, article, visitor, address_hash, source, partner):
        """Write down that somebody read an article; a second time on one day changes nothing."""
        if self._count_recent(address_hash)[0] >= MAX_VIEWS_AN_HOUR:
            return
        self._insert(
            article,
            source=source,
            visitor=visitor,
            address_hash=address_hash,
            partner_id=partner.id or None,
            outcome=None if source == "answer" else "pending",
            readers=1,
        )

    @api.model
    def _record_use(self, article, ticket):
        """An agent has put an article into an answer."""
        self._insert(
            article, source="agent", user_id=self.env.uid, ticket_id=ticket.id or None, used=1
        )

    @api.model
    def _insert(self, article, **values):
        now = self.env["crm.ticket"]._now()
        values = {
            "visitor": None,
            **values,
            "article_id": article.id,
            "category_id": article.category_id.id or None,
            "company_id": article.company_id.id or None,
            "lang": article.lang or None,
            "date": now,
            "day": now.date(),
            **dict.fromkeys(("helped", "unhelped", "spared"), 0),
            "readers": values.get("readers", 0),
            "used": values.get("used", 0),
            **dict.fromkeys(("create_uid", "write_uid"), self.env.uid),
            **dict.fromkeys(("create_date", "write_date"), now),
        }
        self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_knowledge_visit (%s) VALUES %s
                ON CONFLICT (article_id, visitor, day) WHERE visitor IS NOT NULL DO NOTHING
                RETURNING id
                """,
                SQL(", ").join(map(SQL.identifier, values)),
                tuple(values.values()),
            )
        )
        self.invalidate_model()

    @api.model
    def _vote(self, article, visitor, address_hash, partner, *, helped, comment=""):
        """Write down whether an article helped; each reader has one vote, which he may change.

        :return: False when too many votes come from there
        """
        views, votes = self._count_recent(address_hash)
        own = self.search([("article_id", "=", article.id), ("visitor", "=", visitor)])
        voted = own.filtered(lambda visit: visit.helped or visit.unhelped)
        if not voted and (votes >= MAX_VOTES_AN_HOUR or views >= MAX_VIEWS_AN_HOUR):
            return False
        visit = voted[:1] or own[:1]
        if not visit:
            self._record_view(article, visitor, address_hash, "help", partner)
            visit = self.search(
                [("article_id", "=", article.id), ("visitor", "=", visitor)], limit=1
            )
        values = {"helped": int(helped), "unhelped": int(not helped)}
        if not helped and comment:
            values["comment"] = comment[:MAX_COMMENT]
        if not helped and visit.outcome == "spared":
            values |= {"outcome": "unhelped", "spared": 0}
        visit.write(values)
        return True

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_settle(self):
        """Find out what became of readers of the day before: a ticket, or none."""
        until = self.env["crm.ticket"]._now() - timedelta(hours=DECIDED_HOURS)
        self.env["crm.ticket"].flush_model(["partner_id", "opened_at"])
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                WITH due AS (
                    SELECT visit.id, visit.unhelped,
                           (SELECT ticket.id
                              FROM crm_ticket ticket
                             WHERE ticket.partner_id = visit.partner_id
                               AND ticket.opened_at >= visit.date
                               AND ticket.opened_at < visit.date + %(span)s
                          ORDER BY ticket.opened_at, ticket.id LIMIT 1) AS ticket_id,
                           EXISTS (SELECT 1 FROM crm_knowledge_visit later
                                    WHERE later.visitor = visit.visitor
                                      AND (later.date, later.id) > (visit.date, visit.id)
                                      AND later.date < visit.date + %(span)s) AS goes_on,
                           %(form_ticket)s AS form_ticket_id
                      FROM crm_knowledge_visit visit
                     WHERE visit.outcome = 'pending' AND visit.date < %(until)s
                ), decided AS (
                    SELECT id, COALESCE(ticket_id, form_ticket_id) AS ticket_id,
                           CASE WHEN COALESCE(ticket_id, form_ticket_id) IS NOT NULL THEN 'ticket'
                                WHEN unhelped > 0 THEN 'unhelped'
                                WHEN goes_on THEN 'continued'
                                ELSE 'spared' END AS outcome
                      FROM due
                )
                UPDATE crm_knowledge_visit visit
                   SET outcome = decided.outcome,
                       ticket_id = decided.ticket_id,
                       spared = (decided.outcome = 'spared')::int
                  FROM decided
                 WHERE visit.id = decided.id
             RETURNING visit.id
                """,
                span=timedelta(hours=DECIDED_HOURS),
                until=until,
                form_ticket=self._get_form_ticket(),
            )
        )
        self.invalidate_model()

    @api.model
    def _get_form_ticket(self):
        """SQL: the ticket that the reader `visit` sent with a form within the time."""
        return SQL("NULL::integer")

    @api.autovacuum
    def _gc_readers(self):
        """Forget who the readers were; what is counted stays."""
        limit = self.env["crm.ticket"]._now() - timedelta(days=KNOWN_DAYS)
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE crm_knowledge_visit
                   SET visitor = NULL, address_hash = NULL, partner_id = NULL
                 WHERE id IN (SELECT id FROM crm_knowledge_visit
                               WHERE date < %s AND (visitor IS NOT NULL OR address_hash IS NOT NULL)
                               LIMIT 10000)
             RETURNING id
                """,
                limit,
            )
        )
        self.invalidate_model()
        return len(rows), len(rows) == 10000

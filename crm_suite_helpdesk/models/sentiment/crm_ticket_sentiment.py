import logging
from datetime import timedelta
from functools import lru_cache

from lxml import html as lxml_html

from odoo import api, fields, models
from odoo.tools import SQL, html2plaintext

from odoo.addons.crm_suite.lib import arabic

from ...lib.sentiment import VERSION, MoodReader
from .crm_ticket import MOODS

_logger = logging.getLogger(__name__)

BATCH = 200
# Messages may be committed later than others with a higher id
LATE_MINUTES = 30
# What mail programs and Odoo put around what somebody else wrote
QUOTES = (
    "//blockquote | //*[@data-o-mail-quote] | //*[@data-o-mail-quote-node] | "
    "//*[contains(concat(' ', @class, ' '), ' gmail_quote ')] | //style | //script"
)
MAX_HTML = 200_000


class CrmTicketSentiment(models.Model):
    """What a message of a customer sounds like, and the words from which that was guessed.

    Written by a scheduled job, never while a mail comes in. The words are looked up in a list
    (`lib/sentiment_lexicon.py`, `docs/sentiment.md`); no message leaves the server.
    """

    _name = "crm.ticket.sentiment"
    _description = "Mood of a Message"
    _order = "id desc"
    _rec_name = "evidence"

    ticket_id = fields.Many2one(
        "crm.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    message_id = fields.Many2one("mail.message", required=True, readonly=True, ondelete="cascade")
    date = fields.Datetime(required=True, readonly=True)
    sentiment = fields.Selection(MOODS, "Mood", required=True, readonly=True)
    score = fields.Float(
        readonly=True,
        digits=(4, 3),
        aggregator="avg",
        help="From -1, very unhappy, to 1, very happy.",
    )
    evidence = fields.Char(
        "Words", readonly=True, help="The words of the customer that led to this guess."
    )
    version = fields.Integer(
        "List of Words", readonly=True, help="The version of the list that was used."
    )
    is_wrong = fields.Boolean("Wrong Hint", readonly=True)
    judged_by_id = fields.Many2one("res.users", "Said to be Wrong by", readonly=True)

    _once_per_message = models.UniqueIndex("(message_id)")
    _newest_of_ticket = models.Index("(ticket_id, message_id DESC)")

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_read_moods(self):
        """Read the messages of customers that came since the last time, in companies that want it.

        Reads messages by their id from a watermark on, so it costs what there is to do.
        """
        # sudo: switched on for each company by its administrator
        companies = self.env["res.company"].sudo().search([("ticket_sentiment", "=", True)])
        if not companies:
            return
        last_id = 0
        while True:
            messages, is_last = self._find_messages(companies, last_id)
            self._read_moods(messages)
            last_id = messages[-1:].id or last_id
            self._note_read(companies, last_id, is_last)
            if not self.env["ir.cron"]._commit_progress(len(messages)) or is_last:
                break

    @api.model
    def _find_messages(self, companies, last_id):
        """:return: (messages of customers without a mood, whether there are no more of them)"""
        begin = max(min(companies.mapped("ticket_sentiment_read_id")), last_id)
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT message.id
                  FROM mail_message message
                  JOIN crm_ticket ticket ON ticket.id = message.res_id
                  JOIN res_company company ON company.id = ticket.company_id
                  JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id
             LEFT JOIN res_users login ON login.partner_id = message.author_id
                                      AND NOT login.share AND login.active
                 WHERE message.id > %(begin)s
                   AND message.model = 'crm.ticket'
                   AND message.message_type IN ('comment', 'email')
                   AND message.is_internal IS NOT TRUE
                   AND subtype.internal IS NOT TRUE
                   AND ticket.stage_type IS DISTINCT FROM 'spam'
                   AND company.id IN %(companies)s
                   AND message.create_date >= COALESCE(company.ticket_sentiment_since, '-infinity')
                   AND (login.id IS NULL OR message.author_id = ticket.partner_id)
                   AND NOT EXISTS (SELECT FROM crm_ticket_sentiment mood
                                    WHERE mood.message_id = message.id)
              ORDER BY message.id
                 LIMIT %(limit)s
                """,
                begin=begin,
                companies=tuple(companies.ids),
                limit=BATCH,
            )
        )
        return self.env["mail.message"].browse(id_ for (id_,) in rows), len(rows) < BATCH

    @api.model
    def _get_settled_id(self):
        """The newest message below which no message can still be on its way to the disk."""
        settled = self.env.cr.now() - timedelta(minutes=LATE_MINUTES)
        # From the end of the table: only the messages of the last minutes are passed
        return self.env.execute_query(
            SQL(
                """SELECT COALESCE((SELECT id FROM mail_message WHERE create_date < %s
                                  ORDER BY id DESC LIMIT 1), 0)""",
                settled,
            )
        )[0][0]

    @api.model
    def _note_read(self, companies, last_id, is_last):
        """Go on from what was read, the next time.

        Written past the ORM: a company that is written empties the caches of all workers.
        """
        settled_id = self._get_settled_id()
        reached = settled_id if is_last else min(settled_id, last_id)
        self.env.cr.execute(
            SQL(
                """UPDATE res_company SET ticket_sentiment_read_id = %s
                    WHERE id IN %s AND COALESCE(ticket_sentiment_read_id, 0) < %s""",
                reached,
                tuple(companies.ids),
                reached,
            )
        )
        companies.invalidate_recordset(["ticket_sentiment_read_id"])

    @api.model
    def _read_moods(self, messages):
        vals_list = []
        for message in messages:
            mood = _get_reader().guess(self._get_own_words(message.body))
            vals_list.append(
                {
                    "ticket_id": message.res_id,
                    "message_id": message.id,
                    "date": message.create_date,
                    "sentiment": mood.label,
                    "score": mood.score,
                    "evidence": ", ".join(f"“{found.text}”" for found in mood.evidence),
                    "version": VERSION,
                }
            )
        self.create(vals_list)._show_on_tickets()

    @api.model
    def _get_own_words(self, body):
        """What the customer wrote himself, as plain text; what he quotes was written by others."""
        body = (body or "")[:MAX_HTML]
        if not body.strip():
            return ""
        try:
            root = lxml_html.fragment_fromstring(body, create_parent="div")
            for quote in root.xpath(QUOTES):
                quote.drop_tree()
            body = lxml_html.tostring(root, encoding="unicode")
        except (ValueError, TypeError, AssertionError) as error:
            _logger.info("A message is read with what it quotes: %s", error)
        return html2plaintext(body, include_references=False)

    def _show_on_tickets(self):
        """Put the mood of the newest message on its ticket; no mood if that was said to be wrong.

        Writes past the ORM: a guess changes neither who last changed a ticket nor what rules see.
        """
        ticket_ids = tuple(self.ticket_id.ids)
        if not ticket_ids:
            return
        self.flush_model()
        self.env["crm.ticket"].flush_model(["sentiment", "sentiment_id"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_ticket ticket
                   SET sentiment_id = newest.id, sentiment = newest.sentiment
                  FROM unnest(%s) AS wanted(id)
             LEFT JOIN LATERAL (
                           SELECT CASE WHEN is_wrong THEN NULL ELSE mood.id END AS id,
                                  CASE WHEN is_wrong THEN NULL ELSE mood.sentiment END AS sentiment
                             FROM crm_ticket_sentiment mood
                            WHERE mood.ticket_id = wanted.id
                         ORDER BY mood.message_id DESC
                            LIMIT 1) newest ON TRUE
                 WHERE ticket.id = wanted.id
                """,
                list(ticket_ids),
            )
        )
        self.env["crm.ticket"].browse(ticket_ids).invalidate_recordset(
            ["sentiment", "sentiment_id"]
        )


@lru_cache(maxsize=1)
def _get_reader():
    return MoodReader(arabic.normalize)

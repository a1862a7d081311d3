from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, split_every
from odoo.tools.mail import html_to_inner_content

from ...lib.search_text import build_search_text

FILL_BATCH = 2000
# What is kept of a text to be searched: more than a row shows, and short enough to be read fast
LONGEST_SUBJECT, LONGEST_BODY = 250, 400
# Of which the first words surely come, with the tags around them
LONGEST_HTML = 20000
MESSAGE_TYPES = ("email", "comment", "email_outgoing", "sms")


class CrmTimelineMessage(models.Model):
    """Which messages are part of the history of which customer, and what they are found by.

    One row for each e-mail, comment or text message that went to a customer or came from one: on a
    contact, or on a document that inherits `crm.timeline.mixin`. Internal notes, logs and campaign
    mails have none. `partner_id` is the contact of the document today and `customer_id` the
    commercial partner of that; both are empty for a lead without contact. `date` is that of the
    message, in UTC. So the latest e-mail of a customer is the maximum of `date` by `customer_id`,
    and an index has it.

    A message only names its document, so that without this table the history of a customer would
    have to be looked for on every document that he ever got. Rows are kept by `mail.message`, by
    the documents and by the contacts themselves, when they are written to the database. They hold
    nobody's rights: whoever reads them checks those on the document.
    """

    _name = "crm.timeline.message"
    _description = "Message in the History of a Customer"
    _log_access = False
    _rec_name = "message_id"
    _order = "date desc, message_id desc"

    message_id = fields.Many2one("mail.message", required=True, readonly=True, ondelete="cascade")
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(string="Document ID", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    customer_id = fields.Many2one("res.partner", readonly=True, ondelete="set null")
    search_index = fields.Text(readonly=True, export_string_translation=False)

    _message_idx = models.UniqueIndex("(message_id)")
    _customer_date_idx = models.Index("(customer_id, date DESC, message_id DESC)")
    _document_date_idx = models.Index("(model, res_id, date DESC, message_id DESC)")
    _search_index_idx = models.Index(
        lambda registry: "USING gin (search_index gin_trgm_ops)" if registry.has_trigram else ""
    )

    # ------------------------------------------------------------------
    # Upkeep
    # ------------------------------------------------------------------

    @api.model
    def _add_messages(self, messages):
        """Take up those of these messages that are history of a customer, by one statement for
        each model of documents.
        """
        documents = self.env["crm.timeline"]._get_documents()
        by_model = {}
        for message in messages:
            # the id comes last: it has to be read, and most messages are logs
            if (
                message.message_type in MESSAGE_TYPES
                and message.model in documents
                and message.res_id
            ):
                by_model.setdefault(message.model, []).append(message)
        for model, found in by_model.items():
            rows = [
                (
                    message.id,
                    self._prepare_text(
                        message.subject or message.record_name,
                        message.author_id.name or message.email_from,
                        message.body,
                    ),
                )
                for message in found
            ]
            self._insert(model, rows)

    @api.model
    def _drop_messages(self, messages):
        self.env.cr.execute(
            SQL("DELETE FROM crm_timeline_message WHERE message_id = ANY(%s)", messages.ids)
        )

    @api.model
    def _follow_documents(self, documents):
        """Let the messages of documents, which are in the database as they are, follow them to
        another contact.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_timeline_message AS entry
                   SET partner_id = contact.id, customer_id = contact.commercial_partner_id
                  FROM %(table)s AS document
             LEFT JOIN res_partner AS contact ON contact.id = document.%(contact)s
                 WHERE entry.model = %(model)s
                   AND entry.res_id = document.id
                   AND document.id = ANY(%(ids)s)
                   AND (entry.partner_id IS DISTINCT FROM contact.id
                        OR entry.customer_id IS DISTINCT FROM contact.commercial_partner_id)
                """,
                table=SQL.identifier(documents._table),
                contact=SQL.identifier(documents._timeline_contact),
                model=documents._name,
                ids=documents.ids,
            )
        )

    @api.model
    def _follow_contacts(self, contacts):
        """Let the messages of contacts follow them to another customer."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_timeline_message AS entry
                   SET customer_id = contact.commercial_partner_id
                  FROM res_partner AS contact
                 WHERE entry.partner_id = contact.id
                   AND contact.id = ANY(%s)
                   AND entry.customer_id IS DISTINCT FROM contact.commercial_partner_id
                """,
                contacts.ids,
            )
        )

    @api.model
    def _insert(self, model, rows):
        """Store messages on documents of one model, unless they are no history.

        :param rows: pairs of a message id and its text
        """
        # sudo: what is history does not depend on who writes it
        records = self.env[model].sudo().with_context(active_test=False)
        documents = records._search(records._get_timeline_domain())
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_timeline_message AS entry
                       (message_id, model, res_id, date, partner_id, customer_id, search_index)
                SELECT message.id, message.model, message.res_id,
                       COALESCE(message.date, message.create_date),
                       contact.id, contact.commercial_partner_id, found.text
                  FROM unnest(%(ids)s::int[], %(texts)s::text[]) AS found(id, text)
                  JOIN mail_message AS message ON message.id = found.id
                  JOIN (%(documents)s) AS document(id, contact_id) ON document.id = message.res_id
             LEFT JOIN res_partner AS contact ON contact.id = document.contact_id
                 WHERE message.model = %(model)s AND %(filter)s
           ON CONFLICT (message_id) DO UPDATE
                   SET model = EXCLUDED.model,
                       res_id = EXCLUDED.res_id,
                       date = EXCLUDED.date,
                       partner_id = EXCLUDED.partner_id,
                       customer_id = EXCLUDED.customer_id,
                       search_index = EXCLUDED.search_index
                """,
                ids=[message_id for message_id, _text in rows],
                texts=[text for _message_id, text in rows],
                documents=documents.select(
                    SQL.identifier(documents.table, "id"),
                    SQL.identifier(documents.table, records._timeline_contact),
                ),
                model=model,
                filter=self._get_filter(),
            )
        )

    @api.model
    def _get_filter(self):
        """SQL condition on ``message``, a row of mail_message: what was said to a customer, or by
        one; no internal notes, no logs. A text message is sent, whatever its subtype is.
        """
        return SQL(
            """(message.message_type = 'sms'
                OR message.message_type = ANY(%s)
                   AND message.is_internal IS NOT TRUE
                   AND COALESCE(message.subtype_id, 0) <> ALL(
                           ARRAY(SELECT id FROM mail_message_subtype WHERE internal))
                   AND (message.subtype_id IS NOT NULL
                        OR message.message_type = 'email_outgoing'))""",
            list(MESSAGE_TYPES),
        )

    @api.model
    def _prepare_text(self, title, author, body):
        """What a message is found by: as in the search box of contacts."""
        body = str(body or "")
        if len(body) > LONGEST_HTML:
            body = body[:LONGEST_HTML]
            body = body[: body.rfind("<")] if body.rfind("<") > body.rfind(">") else body
        # marked as safe, for it is only cut into words
        plain = html_to_inner_content(Markup(body))
        return build_search_text(
            [(title or "")[:LONGEST_SUBJECT], author or "", plain[:LONGEST_BODY]]
        )

    # ------------------------------------------------------------------
    # First time
    # ------------------------------------------------------------------

    @api.model
    def _fill(self, model):
        """Take up the messages on documents of a model that are not here yet, in batches.

        Runs when an add-on that changes the model is installed or updated; may be called after
        messages were loaded by SQL.
        """
        self.env.flush_all()
        missing = self.env.execute_query(
            SQL(
                """
                SELECT message.id
                  FROM mail_message AS message
                 WHERE message.model = %s
                   AND message.res_id <> 0
                   AND %s
                   AND NOT EXISTS (SELECT FROM crm_timeline_message AS entry
                                    WHERE entry.message_id = message.id)
              ORDER BY message.res_id
                """,
                model,
                self._get_filter(),
            )
        )
        for batch in split_every(FILL_BATCH, [row[0] for row in missing]):
            self._fill_batch(model, batch)

    def _fill_batch(self, model, message_ids):
        messages = self.env.execute_query(
            SQL(
                """
                SELECT message.id, message.res_id, message.subject,
                       COALESCE(author.name, message.email_from), message.body
                  FROM mail_message AS message
             LEFT JOIN res_partner AS author ON author.id = message.author_id
                 WHERE message.id = ANY(%s)
                """,
                list(message_ids),
            )
        )
        # sudo: a message bears the name of its document for whoever may read both
        documents = self.env[model].sudo().browse({row[1] for row in messages}).exists()
        names = {document.id: document.display_name for document in documents}
        self._insert(
            model,
            [
                (message_id, self._prepare_text(subject or names.get(res_id), author, body))
                for message_id, res_id, subject, author, body in messages
            ],
        )
        documents.invalidate_recordset(flush=False)

from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, html2plaintext
from odoo.tools.misc import formatLang

from ...lib.timeline import TimelinePosition, TimelineSource

# A page never holds more rows than this, whatever a client asks for
MAX_LIMIT = 200
# How many batches of keys one call reads when the reader may not read most of the records.
# Batches double, so that a page costs a bounded number of queries; the cursor leads on from there.
MAX_BATCHES = 6
PREVIEW_LENGTH = 200


class CrmTimeline(models.AbstractModel):
    """The chronological history of a customer, read from the documents themselves.

    An add-on adds a kind of event by extending :meth:`_get_sources`; see ``docs/architecture.md``.
    """

    _name = "crm.timeline"
    _description = "Customer Timeline"

    # ------------------------------------------------------------------
    # Contract
    # ------------------------------------------------------------------

    @api.model
    def _get_sources(self):
        """The kinds of events, in the order in which the filter shows them.

        :rtype: list[TimelineSource]
        """
        return [
            TimelineSource(
                key="interaction",
                label=self.env._("Interactions"),
                icon="fa-comments-o",
                model="crm.interaction",
                keys=self._interaction_keys,
                rows=self._interaction_rows,
            ),
            TimelineSource(
                key="mail",
                label=self.env._("E-mails"),
                icon="fa-envelope-o",
                model="mail.message",
                keys=self._mail_keys,
                rows=self._mail_rows,
            ),
            TimelineSource(
                key="order",
                label=self.env._("Quotations and Orders"),
                icon="fa-shopping-cart",
                model="sale.order",
                keys=self._order_keys,
                rows=self._order_rows,
            ),
            TimelineSource(
                key="invoice",
                label=self.env._("Invoices"),
                icon="fa-file-text-o",
                model="account.move",
                keys=self._invoice_keys,
                rows=self._invoice_rows,
            ),
        ]

    @api.model
    def get_sources(self):
        """The kinds of events that the reader may read, for the filter of the screen.

        :rtype: list[dict] with ``key``, ``label``, ``icon``, ``chip``
        """
        self._check_reader()
        return [
            {
                "key": source.key,
                "label": source.label,
                "icon": source.icon,
                "chip": source.chip or source.label,
            }
            for source in self._get_readable_sources()
        ]

    @api.model
    def get_page(self, partner_id, cursor=None, limit=50, sources=None):
        """One page of the history of the customer to whom a contact belongs, newest first.

        :param int partner_id: any contact of the customer
        :param cursor: what the page before returned; ``None`` for the first page
        :param int limit: rows wanted
        :param list[str] | None sources: keys of the kinds wanted; ``None`` for all
        :return: ``{"rows": [...], "cursor": ...}``. The cursor is ``None`` at the end. A page can
            be shorter than ``limit`` before the end when the reader may read few of many records.
        :raise AccessError: for portal users, and for a contact that the reader may not read
        :raise UserError: for a cursor that is none
        """
        self._check_reader()
        partner = self.env["res.partner"].browse(int(partner_id)).exists()
        partner.check_access("read")
        try:
            position = TimelinePosition.parse(cursor)
        except ValueError as error:
            raise UserError(
                self.env._("This page of the timeline is unknown. Please reload it.")
            ) from error
        wanted = max(1, min(int(limit or 50), MAX_LIMIT))
        readable = {
            source.key: source
            for source in self._get_readable_sources()
            if sources is None or source.key in sources
        }
        if not readable or not partner:
            return {"rows": [], "cursor": None}
        partner_ids = self._get_contact_ids(partner)
        keys, position, more = self._fetch_readable_keys(readable, partner_ids, position, wanted)
        return {
            "rows": self._prepare_rows(readable, keys),
            "cursor": position.dump() if more else None,
        }

    # ------------------------------------------------------------------
    # Paging
    # ------------------------------------------------------------------

    def _check_reader(self):
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._("Only employees may read the history of a customer."))

    def _get_readable_sources(self):
        return [
            source
            for source in self._get_sources()
            if source.by_contact or self.env[source.model].has_access("read")
        ]

    def _get_contact_ids(self, partner):
        """All contacts of the customer that the reader may read, also the archived ones."""
        contacts = (
            self.env["res.partner"]
            .with_context(active_test=False)
            ._search([("commercial_partner_id", "=", partner.sudo().commercial_partner_id.id)])
        )
        return sorted({partner.id, *contacts.get_result_ids()})

    def _fetch_readable_keys(self, sources, partner_ids, position, wanted):
        """Read keys in growing batches until a page is full of readable ones.

        :return: ``([(date, source, res_id)], position, more)``
        """
        page, batch = [], wanted
        for _round in range(MAX_BATCHES):
            keys = self._fetch_keys(sources, partner_ids, position, batch + 1)
            more = len(keys) > batch
            allowed = self._filter_readable(sources, keys[:batch])
            for key in keys[:batch]:
                position = TimelinePosition.after(position, *key)
                if key[1:] in allowed:
                    page.append(key)
                if len(page) == wanted:
                    return page, position, more or key != keys[:batch][-1]
            if not more:
                return page, position, False
            batch *= 2
        return page, position, True

    def _fetch_keys(self, sources, partner_ids, position, limit):
        """The next keys after a position, in one union over the sources.

        A source only knows a date, so that what was passed of that date comes again and is left out
        here. Should more have come in at that very date since then, the union reads deeper.

        :return: ``[(date, source, res_id)]``, newest first
        """
        self._flush_sources(sources)
        before = position.date if position else None
        depth = limit + (position.ties if position else 0)
        while True:
            union = SQL(" UNION ALL ").join(
                SQL(
                    "(SELECT key.date, %s::text, key.res_id FROM (%s) AS key(date, res_id))",
                    source_key,
                    source.keys(partner_ids, before, depth),
                )
                for source_key, source in sources.items()
            )
            found = self.env.execute_query(union)
            following = [key for key in found if position is None or key < position.key]
            read = Counter(source_key for _date, source_key, _res_id in found)
            left = Counter(source_key for _date, source_key, _res_id in following)
            if not any(read[key] == depth and left[key] < limit for key in sources):
                return sorted(following, reverse=True)[:limit]
            depth *= 2

    def _flush_sources(self, sources):
        for model in {source.model for source in sources.values()}:
            self.env[model].flush_model()

    def _filter_readable(self, sources, keys):
        """The ``(source, res_id)`` of the keys whose record the reader may read."""
        allowed = set()
        for source_key, ids in self._group_ids(keys).items():
            records = self._browse_events(sources[source_key], ids)
            allowed.update((source_key, id_) for id_ in records._filtered_access("read").ids)
        return allowed

    def _prepare_rows(self, sources, keys):
        values = {
            source_key: sources[source_key].rows(self._browse_events(sources[source_key], ids))
            for source_key, ids in self._group_ids(keys).items()
        }
        return [
            {
                "source": source_key,
                "id": res_id,
                "date": fields.Datetime.to_string(date),
                "label": sources[source_key].label,
                "icon": sources[source_key].icon,
                "res_model": sources[source_key].model,
                "res_id": res_id,
                **values[source_key][res_id],
            }
            for date, source_key, res_id in keys
        ]

    def _browse_events(self, source, ids):
        records = self.env[source.model].browse(ids)
        # sudo: the source says that the right to read the contact is enough, and that was checked
        return records.sudo() if source.by_contact else records

    @staticmethod
    def _group_ids(keys):
        grouped = {}
        for _date, source_key, res_id in keys:
            grouped.setdefault(source_key, []).append(res_id)
        return grouped

    # ------------------------------------------------------------------
    # Tools for sources
    # ------------------------------------------------------------------

    def _keys_by_contact(
        self,
        model,
        partner_ids,
        before,
        limit,
        *,
        date_field="date",
        partner_field="partner_id",
        domain=(),
    ):
        """The ``keys`` SQL of a model that has a contact and a date.

        It walks the index ``(partner_field, date_field DESC, id DESC)`` once per contact and reads
        at most ``limit`` entries there, however many there are. Record rules are part of the query,
        so that pages fill up without reading what is forbidden anyway.
        """
        records = self.env[model].with_context(active_test=False)
        query = records._search(list(domain))
        table = query.table
        date = records._field_to_sql(table, date_field, query)
        row_id = SQL.identifier(table, "id")
        query.add_where(
            SQL(
                "%s = contact.id AND %s IS NOT NULL",
                records._field_to_sql(table, partner_field, query),
                date,
            )
        )
        if before:
            query.add_where(SQL("%s <= %s", date, before))
        query.order = SQL("%s DESC, %s DESC", date, row_id)
        query.limit = limit
        return SQL(
            """
            SELECT found.date, found.res_id
              FROM unnest(%s::int[]) AS contact(id)
        CROSS JOIN LATERAL (%s) AS found
          ORDER BY found.date DESC, found.res_id DESC
             LIMIT %s
            """,
            partner_ids,
            query.select(SQL("%s::timestamp AS date", date), SQL("%s AS res_id", row_id)),
            limit,
        )

    @staticmethod
    def _shorten(html):
        """Plain text of the first words of an HTML field."""
        text = " ".join(html2plaintext(html or "", include_references=False).split())
        return text if len(text) <= PREVIEW_LENGTH else text[: PREVIEW_LENGTH - 1] + "…"

    def _selection_labels(self, model, field):
        return dict(self.env[model]._fields[field]._description_selection(self.env))

    # ------------------------------------------------------------------
    # Interactions
    # ------------------------------------------------------------------

    def _interaction_keys(self, partner_ids, before, limit):
        return self._keys_by_contact("crm.interaction", partner_ids, before, limit)

    def _interaction_rows(self, interactions):
        channels = self._selection_labels("crm.interaction", "channel")
        return {
            interaction.id: {
                "title": interaction.name,
                "preview": self._shorten(interaction.note),
                "author": interaction.user_id.name or "",
                "label": channels[interaction.channel],
                "icon": interaction._get_channel_icons()[interaction.channel],
                "state": interaction.outcome_id.name or "",
            }
            for interaction in interactions
        }

    # ------------------------------------------------------------------
    # E-mails
    # ------------------------------------------------------------------

    def _get_mail_documents(self):
        """The models on whose records messages count as history: ``{model: (contact, domain)}``."""
        customer_moves = [("move_type", "in", ("out_invoice", "out_refund"))]
        return {
            "crm.lead": ("partner_id", []),
            "sale.order": ("partner_id", []),
            "account.move": ("partner_id", customer_moves),
        }

    def _get_mail_filter(self):
        """SQL condition on ``message``, a row of mail_message: no internal notes, no logs."""
        return SQL(
            """message.message_type IN ('email', 'comment', 'email_outgoing')
               AND message.is_internal IS NOT TRUE
               AND COALESCE(message.subtype_id, 0) <> ALL(
                       ARRAY(SELECT id FROM mail_message_subtype WHERE internal))
               AND (message.subtype_id IS NOT NULL OR message.message_type = 'email_outgoing')"""
        )

    def _mail_keys(self, partner_ids, before, limit):
        documents = [
            SQL("SELECT %s, contact FROM unnest(%s::int[]) contact", "res.partner", partner_ids)
        ]
        for model, (contact, domain) in self._get_mail_documents().items():
            records = self.env[model].with_context(active_test=False)
            if records.has_access("read"):
                query = records._search([(contact, "in", partner_ids), *domain])
                documents.append(query.select(SQL("%s", model), SQL.identifier(query.table, "id")))
        return SQL(
            """
            SELECT found.date, found.id
              FROM (%s) AS document(model, res_id)
        CROSS JOIN LATERAL (
                    SELECT message.date, message.id
                      FROM mail_message AS message
                     WHERE message.model = document.model
                       AND message.res_id = document.res_id
                       AND message.date IS NOT NULL
                       AND %s
                       AND %s
                  ORDER BY message.date DESC, message.id DESC
                     LIMIT %s
                   ) AS found
          ORDER BY found.date DESC, found.id DESC
             LIMIT %s
            """,
            SQL(" UNION ALL ").join(documents),
            SQL("message.date <= %s", before) if before else SQL("TRUE"),
            self._get_mail_filter(),
            limit,
            limit,
        )

    def _mail_rows(self, messages):
        return {
            message.id: {
                "title": message.subject or message.record_name or self.env._("Message"),
                "label": self.env._("E-mail"),
                "preview": message.preview or "",
                "author": message.author_id.name or message.email_from or "",
                "res_model": message.model,
                "res_id": message.res_id,
            }
            for message in messages
        }

    # ------------------------------------------------------------------
    # Orders and invoices
    # ------------------------------------------------------------------

    def _order_keys(self, partner_ids, before, limit):
        return self._keys_by_contact(
            "sale.order", partner_ids, before, limit, date_field="date_order"
        )

    def _order_rows(self, orders):
        states = self._selection_labels("sale.order", "state")
        return {
            order.id: {
                "title": order.name,
                "author": order.user_id.name or "",
                "label": (
                    self.env._("Sales Order") if order.state == "sale" else self.env._("Quotation")
                ),
                "amount": formatLang(self.env, order.amount_total, currency_obj=order.currency_id),
                "state": states[order.state],
            }
            for order in orders
        }

    def _invoice_keys(self, partner_ids, before, limit):
        return self._keys_by_contact(
            "account.move",
            partner_ids,
            before,
            limit,
            date_field="invoice_date",
            domain=[
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ],
        )

    def _invoice_rows(self, moves):
        payment_states = self._selection_labels("account.move", "payment_state")
        return {
            move.id: {
                "title": move.name,
                "author": move.invoice_user_id.name or "",
                "label": (
                    self.env._("Credit Note")
                    if move.move_type == "out_refund"
                    else self.env._("Customer Invoice")
                ),
                "amount": formatLang(self.env, move.amount_total, currency_obj=move.currency_id),
                "state": payment_states.get(move.payment_state, ""),
                # an invoice has a day, not a time: the screen must not shift it by the time zone
                "date_only": True,
            }
            for move in moves
        }

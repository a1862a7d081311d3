import dataclasses
from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, html2plaintext

from ...lib.search_text import SearchWords
from ...lib.timeline import TimelinePosition, TimelineQuery
from . import sql

# A page never holds more rows than this, whatever a client asks for
MAX_LIMIT = 200
# How many batches of keys one call reads when the reader may not read most of the records.
# Batches double, so that a page costs a bounded number of queries; the cursor leads on from there.
MAX_BATCHES = 6
PREVIEW_LENGTH = 200
# On paper there is room for more of it
PRINT_LENGTH = 1000
# What is searched for is typed by a person
MAX_SEARCH = 200
LARGEST_ID = 2**31 - 1


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
        return []

    @api.model
    def _get_documents(self):
        """The models on whose records the history of their customer is shown.

        :return: ``{model: name of its field that holds the contact}``
        """
        return {
            name: model._timeline_contact
            for name, model in self.env.registry.items()
            if getattr(model, "_timeline_contact", None) and not model._abstract
        }

    @api.model
    def get_sources(self, res_model, res_id):
        """The kinds of events that the reader may read, for the filter of the screen.

        :param str res_model: `res.partner` or a document of a customer
        :param int res_id: the contact or the document
        :rtype: list[dict] with ``key``, ``label``, ``icon``, ``chip``
        """
        self._check_reader()
        _partner, lead = self._get_subject(res_model, res_id)
        return [
            {
                "key": source.key,
                "label": source.label,
                "icon": source.icon,
                "chip": source.chip or source.label,
            }
            for source in self._get_readable_sources()
            if source.has_leads or not lead
        ]

    @api.model
    def get_page(
        self, res_model, res_id, cursor=None, limit=50, sources=None, search="", until=None
    ):
        """One page of the history of a customer, newest first.

        :param str res_model: `res.partner` or a document of a customer
        :param int res_id: the contact or the document; the history is that of its customer. That
            of a lead without contact is its own.
        :param cursor: what the page before returned; ``None`` for the first page
        :param int limit: rows wanted
        :param list[str] | None sources: keys of the kinds wanted; ``None`` for all
        :param str search: words that must all be found in an event, in any spelling
        :param str | None until: ISO date of the day with which to begin, in the reader's time zone
        :return: ``{"rows": [...], "cursor": ...}``. The cursor is ``None`` at the end. A page can
            be shorter than ``limit`` before the end when the reader may read few of many records.
        :raise AccessError: for portal users, and for a record that the reader may not read
        :raise UserError: for anything that is none of the above
        """
        self._check_reader()
        partner, lead = self._get_subject(res_model, res_id)
        position = self._get_position(cursor, until)
        words = self._get_words(search)
        wanted = self._get_limit(limit)
        if not (sources is None or isinstance(sources, list | tuple)):
            raise UserError(self.env._("The kinds of events to show are given as a list."))
        readable = {
            source.key: source
            for source in self._get_readable_sources()
            if (sources is None or source.key in sources)
            and (source.has_leads or not lead)
            and (source.can_search or not words)
        }
        if not readable or not (partner or lead):
            return {"rows": [], "cursor": None}
        query = self._make_query(partner, lead, words, wanted)
        keys, position, more = self._fetch_readable_keys(readable, query, position, wanted)
        return {
            "rows": self._prepare_rows(readable, keys),
            "cursor": position.dump() if more else None,
        }

    # ------------------------------------------------------------------
    # What is asked for
    # ------------------------------------------------------------------

    def _check_reader(self):
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._("Only employees may read the history of a customer."))

    def _get_subject(self, res_model, res_id):
        """The contact whose customer it is, or the lead that has none.

        :return: ``(res.partner, crm.lead)``, one of them or both empty
        """
        partner, lead = self.env["res.partner"], self.env["crm.lead"]
        contacts = {"res.partner": "id", **self._get_documents()}
        if not isinstance(res_model, str) or res_model not in contacts:
            raise UserError(self.env._("These records have no history of a customer."))
        if not res_id:
            return partner, lead
        if type(res_id) is not int:
            raise UserError(self.env._("The history of which record is to be shown?"))
        record = self.env[res_model]
        if 0 < res_id <= LARGEST_ID:
            record = record.browse(res_id).exists()
        record.check_access("read")
        if not record or res_model == "res.partner":
            return partner.browse(record.ids), lead
        partner = record[contacts[res_model]]
        partner.check_access("read")
        return partner, record if res_model == "crm.lead" and not partner else lead

    def _get_position(self, cursor, until):
        """The point of the timeline after which the page begins, ``None`` for its beginning."""
        try:
            position = TimelinePosition.parse(cursor)
        except ValueError as error:
            raise UserError(
                self.env._("This page of the timeline is unknown. Please reload it.")
            ) from error
        if position or not until:
            return position
        try:
            return TimelinePosition.at_end_of(until, self.env.tz)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("“%(until)s” is no date. Write it as 2026-03-31.", until=str(until)[:40])
            ) from error

    def _get_words(self, search):
        if search and not isinstance(search, str):
            raise UserError(self.env._("Type the words to search for."))
        if len(search or "") > MAX_SEARCH:
            raise UserError(
                self.env._(
                    "Search for fewer words: a search has at most %(number)s characters.",
                    number=MAX_SEARCH,
                )
            )
        return SearchWords.parse(search or "")

    def _get_limit(self, limit):
        try:
            return max(1, min(int(limit or 50), MAX_LIMIT))
        except (TypeError, ValueError, OverflowError) as error:
            raise UserError(self.env._("How many events are to be shown?")) from error

    def _get_readable_sources(self):
        return [
            source
            for source in self._get_sources()
            if source.by_contact or self.env[source.model].has_access("read")
        ]

    def _make_query(self, partner, lead, words, limit):
        """What the sources are asked for: the history of a customer or of a lead."""
        # sudo: who the customer is; which of its contacts the reader may know is found out next
        customer = partner.sudo().commercial_partner_id
        everybody, contacts = (), ()
        if customer:
            records = self.env["res.partner"].with_context(active_test=False)
            of_customer = [("commercial_partner_id", "=", customer.id)]
            everybody = records.sudo()._search(of_customer, order="id").get_result_ids()
            contacts = records._search(of_customer, order="id").get_result_ids()
        return TimelineQuery(
            customer_id=customer.id or None,
            partner_ids=contacts,
            hidden_ids=tuple(sorted({*everybody} - {*contacts})),
            lead_id=lead.id or None,
            words=words,
            limit=limit,
        )

    # ------------------------------------------------------------------
    # Paging
    # ------------------------------------------------------------------

    def _fetch_readable_keys(self, sources, query, position, wanted):
        """Read keys in growing batches until a page is full of readable ones.

        :return: ``([(date, source, res_id)], position, more)``
        """
        page, batch = [], wanted
        for _round in range(MAX_BATCHES):
            keys = self._fetch_keys(sources, query, position, batch + 1)
            more = len(keys) > batch
            allowed = self._filter_readable(sources, keys[:batch])
            for number, key in enumerate(keys[:batch], start=1):
                position = TimelinePosition(*key)
                if key[1:] in allowed:
                    page.append(key)
                if len(page) == wanted:
                    return page, position, len(keys) > number
            if not more:
                return page, position, False
            batch *= 2
        return page, position, True

    def _fetch_keys(self, sources, query, position, limit):
        """The next keys after a position, in one union over the sources.

        :return: ``[(date, source, res_id)]``, newest first
        """
        self.env.flush_all()
        parts = []
        for key, source in sources.items():
            before, before_id = position.get_bound(key) if position else (None, 0)
            asked = dataclasses.replace(query, before=before, before_id=before_id, limit=limit)
            parts.append(
                SQL(
                    "(SELECT key.date, %s::text, key.res_id FROM (%s) AS key(date, res_id))",
                    key,
                    source.keys(asked),
                )
            )
        found = self.env.execute_query(SQL(" UNION ALL ").join(parts))
        return sorted(found, reverse=True)[:limit]

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
                **self._prepare_date(sources[source_key], date),
                "label": sources[source_key].label,
                "icon": sources[source_key].icon,
                "res_model": sources[source_key].model,
                "res_id": res_id,
                **values[source_key][res_id],
            }
            for date, source_key, res_id in keys
        ]

    def _prepare_date(self, source, date):
        """An event of a day shows that day, wherever it is read."""
        if source.is_day:
            date = pytz.utc.localize(date).astimezone(self.env.tz)
            # the hour that a time change leaves out may be midnight
            date = datetime.combine(date.date(), time.min)
            return {"date": fields.Datetime.to_string(date), "date_only": True}
        return {"date": fields.Datetime.to_string(date)}

    def _browse_events(self, source, ids):
        records = self.env[source.model].browse(ids)
        # sudo: the source says that its keys are all that the reader may see, and these are its
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

    def _make_keys(
        self,
        query,
        model,
        *,
        date_field="date",
        partner_field="partner_id",
        customer_field=None,
        lead_field=None,
        domain=(),
        where=None,
        texts=None,
        is_day=False,
    ):
        """The ``keys`` SQL of a model that has a contact and a date.

        Record rules are part of the query, so that pages fill up without reading what is forbidden
        anyway. With `customer_field` it walks the index ``(customer_field, date_field DESC, id
        DESC)`` once, else ``(partner_field, date_field DESC, id DESC)`` once per contact, and reads
        no more than it needs, however much there is.

        :param TimelineQuery query: what the source was asked for
        :param model: its name, or its recordset with the rights that count
        :param str customer_field: a stored many2one to the commercial partner
        :param str lead_field: a stored many2one to the lead, for sources that have leads
        :param where: ``column -> [condition]``, more of them as SQL
        :param texts: ``column -> [text]``: where words are looked for. ``column(name)`` is the SQL
            of a field; a text comes from :mod:`models.timeline.sql`.
        :param bool is_day: `date_field` is a date
        """
        records = self.env[model] if isinstance(model, str) else model
        records = records.with_context(active_test=False)
        found = records._search(list(domain))

        def column(name):
            return records._field_to_sql(found.table, name, found)

        date, row_id = column(date_field), SQL.identifier(found.table, "id")
        moment = sql.at_midnight(date, str(self.env.tz)) if is_day else date
        found.add_where(SQL("%s IS NOT NULL", date))
        if query.before is not None:
            if is_day:  # lets the index find the place, to a day
                found.add_where(SQL("%s <= %s", date, self._get_day(query.before)))
            found.add_where(
                SQL("(%s, %s) < (%s, %s)", moment, row_id, query.before, query.before_id)
            )
        for condition in where(column) if where else ():
            found.add_where(condition)
        if query.words:
            found.add_where(sql.find_words(query.words, texts(column)))
        found.order = SQL("%s DESC, %s DESC", date, row_id)
        found.limit = query.limit
        key = (moment, row_id)
        fields_of = {"lead": lead_field, "customer": customer_field, "contact": partner_field}
        columns = {name: column(field) for name, field in fields_of.items() if field}
        return self._select_of_customer(query, found, key, columns)

    def _select_of_customer(self, query, found, key, columns):
        """Read what the query is about: a lead, a customer, or one contact after the other."""
        if query.lead_id:
            found.add_where(SQL("%s = %s", columns["lead"], query.lead_id))
            return found.select(*key)
        if "customer" in columns:
            found.add_where(SQL("%s = %s", columns["customer"], query.customer_id))
            if query.hidden_ids and "contact" in columns:
                found.add_where(
                    SQL(
                        "(%(contact)s IS NULL OR %(contact)s <> ALL(%(hidden)s))",
                        contact=columns["contact"],
                        hidden=list(query.hidden_ids),
                    )
                )
            return found.select(*key)
        found.add_where(SQL("%s = contact.id", columns["contact"]))
        return self._union_contacts(query, found.select(*key))

    @staticmethod
    def _union_contacts(query, keys):
        """The newest keys of all contacts, read for one ``contact.id`` after the other."""
        return SQL(
            """
            SELECT found.date, found.res_id
              FROM unnest(%s::int[]) AS contact(id)
        CROSS JOIN LATERAL (%s) AS found(date, res_id)
          ORDER BY found.date DESC, found.res_id DESC
             LIMIT %s
            """,
            list(query.partner_ids),
            keys,
            query.limit,
        )

    def _get_day(self, moment):
        """The day after which nothing of that moment can be, in the time zone of the reader."""
        try:
            return pytz.utc.localize(moment).astimezone(self.env.tz).date()
        except OverflowError:
            return moment.date()

    def _shorten(self, html):
        """Plain text of the first words of an HTML field; more of them for print."""
        length = PRINT_LENGTH if self.env.context.get("crm_timeline_print") else PREVIEW_LENGTH
        text = " ".join(html2plaintext(html or "", include_references=False).split())
        return text if len(text) <= length else text[: length - 1] + "…"

    @staticmethod
    def _get_name(record):
        """The name of a user or a contact, shown with the event to whoever may read that."""
        return record.sudo().name or ""

    def _selection_labels(self, model, field):
        return dict(self.env[model]._fields[field]._description_selection(self.env))

from functools import partial

from odoo import models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.timeline import TimelineSource
from odoo.addons.crm_suite.models.timeline import sql

from ...lib import consent as lib
from ..consent.crm_consent import KINDS

LINK_TEXTS = ("label", "title", "url")


class CrmTimeline(models.AbstractModel):
    _inherit = "crm.timeline"

    def _get_sources(self):
        """Campaign mails, and what became of them.

        They are for everybody who may read the contact: a salesperson has no rights on the traces,
        but must know what the customer was told.
        """
        source = self._make_campaign_source
        return [
            *super()._get_sources(),
            source("sent", "fa-bullhorn", "sent_datetime", self.env._("Campaign Mail")),
            source("open", "fa-envelope-open-o", "open_datetime", self.env._("Mail Opened")),
            TimelineSource(
                key="campaign_click",
                icon="fa-mouse-pointer",
                model="link.tracker.click",
                keys=self._click_keys,
                rows=self._click_rows,
                can_search=True,
                by_contact=True,
                chip=self.env._("Campaigns"),
                label=self.env._("Link Clicked"),
            ),
            source("reply", "fa-reply", "reply_datetime", self.env._("Mail Answered")),
            source("bounce", "fa-warning", "bounce_datetime", self.env._("Mail Bounced")),
            source(
                "unsubscribe", "fa-sign-out", "unsubscribe_datetime", self.env._("Unsubscribed")
            ),
            source("complaint", "fa-flag", "complaint_datetime", self.env._("Reported as Spam")),
        ]

    def _make_campaign_source(self, event, icon, date_field, label):
        key = f"campaign_{event}"
        return TimelineSource(
            key=key,
            label=label,
            icon=icon,
            model="mailing.trace",
            keys=partial(self._trace_keys, date_field),
            rows=partial(self._trace_rows, key),
            can_search=True,
            by_contact=True,
            chip=self.env._("Campaigns"),
        )

    # ------------------------------------------------------------------
    # Sent, opened, answered, bounced, unsubscribed
    # ------------------------------------------------------------------

    def _get_trace_ids(self, query):
        """Traces of mailings to the contacts themselves, and to other records with their address
        or number: leads and mailing list contacts. Each once, for all sources that tell of them.
        """
        if "traces" not in query.memo:
            self.env.flush_all()
            found = self.env.execute_query(
                SQL(
                    """
                    SELECT id
                      FROM mailing_trace
                     WHERE model = 'res.partner'
                       AND res_id = ANY(%(contacts)s)
                       AND is_test_trace IS NOT TRUE
                 UNION ALL
                    SELECT id
                      FROM mailing_trace
                     WHERE email IN (
                               SELECT email_normalized
                                 FROM res_partner
                                WHERE commercial_partner_id = %(customer)s
                                  AND email_normalized IS NOT NULL
                                  AND id <> ALL(%(hidden)s))
                       AND model <> 'res.partner'
                       AND is_test_trace IS NOT TRUE
                     UNION
                    SELECT trace_id
                      FROM crm_outbox
                     WHERE identity_key IN (
                               SELECT encode(
                                          sha256(convert_to(%(salt)s || phone_sanitized, 'UTF8')),
                                          'hex')
                                 FROM res_partner
                                WHERE commercial_partner_id = %(customer)s
                                  AND phone_sanitized IS NOT NULL
                                  AND id <> ALL(%(hidden)s))
                       AND model <> 'res.partner'
                       AND trace_id IS NOT NULL
                    """,
                    contacts=list(query.partner_ids),
                    hidden=list(query.hidden_ids),
                    customer=query.customer_id,
                    salt=lib.salt(self.env["crm.consent"]._get_key(), KINDS["sms"]),
                )
            )
            query.memo["traces"] = [row[0] for row in found]
        return query.memo["traces"]

    def _trace_keys(self, date_field, query):
        conditions = [SQL("trace.id = ANY(%s)", self._get_trace_ids(query))]
        date = SQL.identifier("trace", date_field)
        if date_field == "bounce_datetime":
            # Odoo has the status only; a bounce is the last thing that it writes
            date = SQL(
                "COALESCE(%s, CASE WHEN trace.trace_status = 'bounce' THEN trace.write_date END)",
                date,
            )
        return self._make_campaign_keys(
            query,
            date,
            SQL.identifier("trace", "id"),
            SQL("mailing_trace AS trace"),
            conditions,
            self._get_campaign_texts(),
        )

    def _make_campaign_keys(self, query, date, key, tables, conditions, texts):
        conditions = [*conditions, SQL("%s IS NOT NULL", date)]
        if query.before is not None:
            conditions.append(SQL("(%s, %s) < (%s, %s)", date, key, query.before, query.before_id))
        if query.words:
            conditions.append(sql.find_words(query.words, texts))
        return SQL(
            """
            SELECT %(date)s, %(key)s
              FROM %(tables)s
             WHERE %(conditions)s
          ORDER BY %(date)s DESC, %(key)s DESC
             LIMIT %(limit)s
            """,
            date=date,
            key=key,
            tables=tables,
            conditions=SQL(" AND ").join(conditions),
            limit=query.limit,
        )

    def _get_campaign_texts(self):
        """The subject of the mailing, and whom it went to."""
        contact = SQL("CASE WHEN trace.model = 'res.partner' THEN trace.res_id END")
        mailing = SQL("trace.mass_mailing_id")
        return [
            sql.in_choice(mailing, self.env["mailing.mailing"].sudo(), "subject"),  # shown to all
            sql.in_record(contact, self.env["res.partner"]),
            sql.in_raw_text(SQL("trace.email")),
        ]

    def _trace_rows(self, key, traces):
        states = self._selection_labels("mailing.trace", "trace_status")
        failures = self._selection_labels("mailing.trace", "failure_type")
        classes = self._selection_labels("mailing.trace", "bounce_class")
        rows = self._prepare_campaign_rows(traces)
        looks = {
            "sms": {"label": self.env._("Campaign SMS"), "icon": "fa-mobile"},
            "webhook": {"label": self.env._("Campaign by Webhook"), "icon": "fa-plug"},
            "activity": {"label": self.env._("Campaign Call Planned"), "icon": "fa-phone"},
        }
        for trace in traces:
            if key == "campaign_sent":
                rows[trace.id]["state"] = states.get(trace.trace_status, "")
                rows[trace.id] |= looks.get(trace.trace_type, {})
            elif key == "campaign_bounce":
                rows[trace.id]["state"] = classes.get(trace.bounce_class) or failures.get(
                    trace.failure_type, ""
                )
                rows[trace.id]["preview"] = self._shorten(trace.failure_reason)
        return rows

    def _prepare_campaign_rows(self, traces):
        """The values that all rows about a campaign mail share.

        :return: ``{trace id: values}``
        """
        to_contacts = traces.filtered(lambda trace: trace.model == "res.partner")
        contacts = self.env["res.partner"].browse(to_contacts.mapped("res_id")).exists()
        names = {contact.id: contact.name for contact in contacts.sudo()}
        opens_mailing = self.env["mailing.mailing"].has_access("read")
        rows = {}
        for trace in traces:
            mailing = trace.mass_mailing_id
            contact_id = trace.res_id if trace.model == "res.partner" else False
            if opens_mailing:
                target = mailing
            else:
                target = self.env["res.partner"].browse(contact_id)
            rows[trace.id] = {
                "title": mailing.subject or self.env._("Campaign Mail"),
                "author": names.get(contact_id) or trace.email or "",
                "res_model": target._name if target else False,
                "res_id": target.id,
            }
        return rows

    # ------------------------------------------------------------------
    # Clicked
    # ------------------------------------------------------------------

    def _click_keys(self, query):
        link = self.env["link.tracker"].sudo()  # readers see its name and address in the row
        return self._make_campaign_keys(
            query,
            SQL("click.create_date"),
            SQL("click.id"),
            SQL(
                """
                link_tracker_click AS click
                JOIN mailing_trace AS trace ON trace.id = click.mailing_trace_id
                """
            ),
            [SQL("click.mailing_trace_id = ANY(%s)", self._get_trace_ids(query))],
            [
                *self._get_campaign_texts(),
                *(sql.in_record(SQL("click.link_id"), link, name) for name in LINK_TEXTS),
            ],
        )

    def _click_rows(self, clicks):
        rows = self._prepare_campaign_rows(clicks.mailing_trace_id)
        return {
            click.id: rows[click.mailing_trace_id.id]
            | {"preview": self._describe_link(click.link_id)}
            for click in clicks
        }

    def _describe_link(self, link):
        title = link.title if link.title != link.url else ""
        return " · ".join(filter(None, [link.label or title, link.url]))

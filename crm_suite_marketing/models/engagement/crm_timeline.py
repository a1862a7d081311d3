from functools import partial

from odoo import models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.timeline import TimelineSource


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
                by_contact=True,
                chip=self.env._("Campaigns"),
                label=self.env._("Link Clicked"),
            ),
            source("reply", "fa-reply", "reply_datetime", self.env._("Mail Answered")),
            # core keeps no date of a bounce; a bounce is the last thing that it writes
            source("bounce", "fa-warning", "write_date", self.env._("Mail Bounced")),
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
            by_contact=True,
            chip=self.env._("Campaigns"),
        )

    # ------------------------------------------------------------------
    # Sent, opened, answered, bounced
    # ------------------------------------------------------------------

    def _make_trace_cte(self, partner_ids):
        """Traces of mailings to the contacts themselves, and to other records with their address.

        Other records are leads and mailing list contacts; both halves use an index. They are
        materialised, lest the planner walks all bounces of the database instead.

        :return: ``SQL``: the common table expression ``trace``, which holds each trace once
        """
        self.env["res.partner"].flush_model(["email_normalized"])
        self.env["mailing.trace"].flush_model()
        columns = SQL("id, trace_status, sent_datetime, open_datetime, reply_datetime, write_date")
        return SQL(
            """
            WITH trace AS MATERIALIZED (
                SELECT %(columns)s
                  FROM mailing_trace
                 WHERE model = 'res.partner'
                   AND res_id = ANY(%(contacts)s)
                   AND is_test_trace IS NOT TRUE
             UNION ALL
                SELECT %(columns)s
                  FROM mailing_trace
                 WHERE email IN (
                           SELECT email_normalized
                             FROM res_partner
                            WHERE id = ANY(%(contacts)s) AND email_normalized IS NOT NULL)
                   AND model <> 'res.partner'
                   AND is_test_trace IS NOT TRUE
            )
            """,
            columns=columns,
            contacts=list(partner_ids),
        )

    def _trace_keys(self, date_field, query):
        date = SQL.identifier(date_field)
        bounced = date_field == "write_date"
        return SQL(
            """
            %(traces)s
            SELECT %(date)s, id
              FROM trace
             WHERE %(date)s IS NOT NULL AND %(condition)s AND %(before)s
          ORDER BY %(date)s DESC, id DESC
             LIMIT %(limit)s
            """,
            traces=self._make_trace_cte(query.partner_ids),
            date=date,
            condition=SQL("trace_status = 'bounce'") if bounced else SQL("TRUE"),
            before=(
                SQL("(%s, id) < (%s, %s)", date, query.before, query.before_id)
                if query.before
                else SQL("TRUE")
            ),
            limit=query.limit,
        )

    def _trace_rows(self, key, traces):
        states = self._selection_labels("mailing.trace", "trace_status")
        failures = self._selection_labels("mailing.trace", "failure_type")
        rows = self._prepare_campaign_rows(traces)
        for trace in traces:
            if key == "campaign_sent":
                rows[trace.id]["state"] = states.get(trace.trace_status, "")
                if trace.trace_type == "sms":
                    rows[trace.id] |= {"label": self.env._("Campaign SMS"), "icon": "fa-mobile"}
            elif key == "campaign_bounce":
                rows[trace.id]["state"] = failures.get(trace.failure_type, "")
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
        return SQL(
            """
            %(traces)s
            SELECT click.create_date, click.id
              FROM trace
              JOIN link_tracker_click AS click ON click.mailing_trace_id = trace.id
             WHERE %(before)s
          ORDER BY click.create_date DESC, click.id DESC
             LIMIT %(limit)s
            """,
            traces=self._make_trace_cte(query.partner_ids),
            before=(
                SQL("(click.create_date, click.id) < (%s, %s)", query.before, query.before_id)
                if query.before
                else SQL("TRUE")
            ),
            limit=query.limit,
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

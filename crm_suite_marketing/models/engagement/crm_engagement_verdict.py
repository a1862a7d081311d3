from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...lib import bot_filter


class CrmEngagementVerdict(models.AbstractModel):
    """Who it was that opened a message or followed a link: a person or a program. The facts of
    all visits of the message decide, whenever they came (`lib/bot_filter.py`).
    """

    _name = "crm.engagement.verdict"
    _description = "Verdict on Visits"

    @api.model
    def _judge(self, deliveries, traces):
        """Judge anew who it was, for all visits of these messages.

        :return: ``{id: id of the row of the statistics}`` of the events that were judged otherwise
        """
        if not deliveries and not traces:
            return {}
        for model in ("crm.outbox", "mailing.trace"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT event.id, event.kind, event.ts, event.link_id, event.evidence,
                          event.actor, event.actor_reason, event.trace_id, event.mailing_id,
                          COALESCE(event.company_id, %(company)s),
                          COALESCE(outbox.sent_at, trace.sent_datetime),
                          COALESCE('o' || event.outbox_id, 't' || event.trace_id)
                     FROM crm_engagement AS event
                LEFT JOIN crm_outbox AS outbox ON outbox.id = event.outbox_id
                LEFT JOIN mailing_trace AS trace ON trace.id = event.trace_id
                    WHERE (event.outbox_id = ANY(%(deliveries)s)
                           OR event.outbox_id IS NULL AND event.trace_id = ANY(%(traces)s))
                      AND event.kind IN ('open', 'click')
                      AND event.evidence IS NOT NULL""",
                deliveries=list(deliveries),
                traces=list(traces),
                company=self.env["crm.engagement"]._get_main_company().id,
            )
        )
        messages = defaultdict(list)
        for row in rows:
            messages[row[-1]].append(row)
        link_counts = self._count_links({row[8] for row in rows if row[1] == "click"})
        changed = {}
        verdicts = []
        for message in messages.values():
            *_rest, mailing_id, company_id, sent_at, _message = message[0]
            company = self.env["res.company"].sudo().browse(company_id)  # sudo: thresholds only
            found = bot_filter.classify(
                [self._make_visit(*row[:5]) for row in message],
                sent_at,
                link_counts.get(mailing_id, 0),
                company._get_bot_thresholds(),
            )
            for row in message:
                if tuple(found[row[0]]) != (row[5], row[6]):
                    verdicts.append((row[0], *found[row[0]]))
                    if found[row[0]].actor != row[5]:
                        changed[row[0]] = row[7]
        self._write_verdicts(verdicts)
        return changed

    def _make_visit(self, number, kind, date, link_id, facts):
        facts = facts if isinstance(facts, dict) else {}
        return bot_filter.Visit(
            number,
            kind,
            date,
            method=str(facts.get("method") or "GET"),
            agent=str(facts.get("agent") or ""),
            network=str(facts.get("network") or ""),
            link=link_id,
            is_trap=bool(facts.get("trap")),
            is_prefetch=bool(facts.get("prefetch")),
            is_adopted=facts.get("source") == "odoo",
            is_told=bool(facts.get("told_by")),
        )

    def _count_links(self, mailing_ids):
        if not mailing_ids:
            return {}
        # sudo: only to count
        groups = self.env["link.tracker"].sudo()
        domain = [("mass_mailing_id", "in", list(mailing_ids))]
        return {
            mailing.id: count
            for mailing, count in groups._read_group(domain, ["mass_mailing_id"], ["__count"])
        }

    def _write_verdicts(self, verdicts):
        if not verdicts:
            return
        switch = "SELECT set_config('crm_suite.engagement_verdict', %s, true)"
        self.env.cr.execute(SQL(switch, "on"))
        self.env.cr.execute(
            SQL(
                """UPDATE crm_engagement AS event
                      SET actor = found.actor, actor_reason = found.reason
                     FROM unnest(%s::int[], %s::text[], %s::text[]) AS found(id, actor, reason)
                    WHERE event.id = found.id""",
                *([row[column] for row in verdicts] for column in range(3)),
            )
        )
        self.env.cr.execute(SQL(switch, ""))

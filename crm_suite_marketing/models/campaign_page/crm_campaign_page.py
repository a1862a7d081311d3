from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

from ...lib import time_steps
from ..outbox.crm_outbox import OPEN_STATES
from . import queries

# Of a campaign with more, the newest
MOST_MAILINGS = 500
REACTIONS = (
    "opened",
    "clicked",
    "all_opened",
    "all_clicked",
    "replied",
    "auto_replied",
    "complained",
    "confirmed",
    "bounced_hard",
    "bounced_soft",
    "returned",
    "unsubscribed",
)
WAITING = ("planned", "claimed", "sending")
# Every one who is targeted is in one of these, or was left out for a reason
PARTS = ("sent", "uncertain", "failed", "waiting", "held", "suppressed")
PART_OF = {state: "waiting" for state in WAITING}
# What the graph shows; what programs did stands apart
SERIES = {
    "open": "opened",
    "click": "clicked",
    "reply": "replied",
    "bounce_hard": "bounced",
    "bounce_soft": "bounced",
    "complaint": "unsubscribed",
    "unsubscribe": "unsubscribed",
}


class CrmCampaignPage(models.AbstractModel):
    """The live page of a campaign, or of one mailing: how far it is, and what came of it.

    A bounded number of statements over deliveries, events, attribution and costs, however many
    mailings and deliveries there are. All of them hold to the rules of the reader.
    """

    _name = "crm.campaign.page"
    _description = "Live Page of a Campaign"

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_page(self, campaign_id=False, mailing_id=False):
        """Return all that the page shows.

        :param int campaign_id: all mailings of this campaign
        :param int mailing_id: this mailing alone
        :raise AccessError: for who does not work with mailings, or not in this company
        """
        campaign, mailings = self._get_scope(campaign_id, mailing_id)
        deliveries = self._read_deliveries(mailings)
        reactions = self._read_reactions(mailings)
        business = self._read_business(campaign, mailings)
        return {
            "name": campaign.title if campaign else mailings.display_name,
            "empty": not deliveries and self._describe_empty(mailings),
            "by_odoo": self._count_by_odoo(mailings, deliveries),
            "truncated": len(mailings) >= MOST_MAILINGS,
            # as in all statistics, until the reader says otherwise
            "count_programs": self.env.company.engagement_count_bots,
            **self._prepare_progress(mailings, deliveries),
            "figures": self._add_up(reactions, REACTIONS),
            "business": business["total"],
            "variants": self._prepare_variants(
                campaign, mailings, deliveries, reactions, business["by_mailing"]
            ),
            "timeline": self._prepare_timeline(mailings, deliveries, reactions),
        }

    @api.model
    @api.readonly
    def get_progress(self, campaign_id=False, mailing_id=False):
        """Return the part that changes while something is being sent: one count of deliveries."""
        _campaign, mailings = self._get_scope(campaign_id, mailing_id)
        return self._prepare_progress(mailings, self._read_deliveries(mailings))

    @api.model
    def _get_scope(self, campaign_id, mailing_id):
        """:return: (campaign or none, mailings), which the reader may see"""
        if not self.env.su and not self.env.user.has_group("mass_mailing.group_mass_mailing_user"):
            raise AccessError(self.env._("Only marketing users see the figures of campaigns."))
        Mailing = self.env["mailing.mailing"].with_context(active_test=False)
        campaign = self.env["utm.campaign"]
        if mailing_id:
            mailings = Mailing.browse(self._read_id(mailing_id)).exists()
            company = mailings.campaign_id.company_id
        else:
            campaign = campaign.browse(self._read_id(campaign_id)).exists()
            company = campaign.company_id
            mailings = Mailing.search(
                [("campaign_id", "in", campaign.ids)], order="id desc", limit=MOST_MAILINGS
            )
        if not campaign and not mailings:
            raise UserError(self.env._("This campaign or mailing does not exist any more."))
        (campaign or mailings).check_access("read")
        if company and company not in self.env.companies:
            raise AccessError(self.env._("This campaign belongs to another company."))
        return campaign, mailings

    @api.model
    def _read_id(self, number):
        """:return: a list with the id, empty when it is none"""
        is_id = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**31
        return [number] if is_id else []

    @api.model
    def _search_rows(self, model, mailings):
        """:return: the ``Query`` of the rows of these mailings that the reader may see"""
        self.env[model].flush_model()
        return self.env[model]._search([("mailing_id", "in", mailings.ids)])

    @api.model
    def _read_deliveries(self, mailings):
        if not mailings:
            return []
        now = fields.Datetime.now()
        since = now - timedelta(seconds=queries.SPEED_WINDOW)
        query = self._search_rows("crm.outbox", mailings)
        return self.env.execute_query_dict(queries.count_deliveries(query, since, now))

    @api.model
    def _read_reactions(self, mailings):
        """:return: ``{mailing id: counts}``"""
        if not mailings:
            return {}
        query = self._search_rows("crm.engagement", mailings)
        rows = self.env.execute_query_dict(queries.count_reactions(query))
        return {row["mailing_id"]: row for row in rows}

    @api.model
    def _add_up(self, rows_by_mailing, names):
        return {name: sum(row[name] or 0 for row in rows_by_mailing.values()) for name in names}

    # ------------------------------------------------------------------
    # Nothing there yet
    # ------------------------------------------------------------------

    @api.model
    def _describe_empty(self, mailings):
        """:return: what stands in the way of figures, a code for the screen"""
        if not mailings:
            return "no_mailing"
        if any(mailing.state in ("in_queue", "sending") for mailing in mailings):
            return "in_queue"
        if any(mailing.state == "draft" for mailing in mailings):
            return "draft"
        return "by_odoo"

    @api.model
    def _count_by_odoo(self, mailings, deliveries):
        """:return: how many mailings went another way, so that they are not counted here"""
        ours = {row["mailing_id"] for row in deliveries}
        return sum(
            mailing.state in ("sending", "done")
            and not mailing.launched_at
            and mailing.id not in ours
            for mailing in mailings
        )

    # ------------------------------------------------------------------
    # Deliveries and progress
    # ------------------------------------------------------------------

    @api.model
    def _prepare_progress(self, mailings, deliveries):
        by_mailing = {}
        for row in deliveries:
            by_mailing.setdefault(row["mailing_id"], []).append(row)
        running = mailings.filtered(
            lambda mailing: mailing.state == "sending" and mailing.launched_at
        )
        return {
            "deliveries": self._reconcile(deliveries),
            "running": [
                self._prepare_running(mailing, by_mailing.get(mailing.id, []))
                for mailing in running
            ],
        }

    @api.model
    def _reconcile(self, rows):
        """Put all who were targeted where they are; whoever is nowhere is the difference."""
        counts, reasons = dict.fromkeys(PARTS, 0), {}
        for row in rows:
            part = PART_OF.get(row["state"], row["state"])
            if part not in counts:
                continue
            counts[part] += row["count"]
            # of what is still to send only what waits has a reason: the others go now
            count = row["waits"] if part == "waiting" else row["count"]
            if part != "sent" and row["reason"] and count:
                key = (part, row["reason"])
                reasons[key] = reasons.get(key, 0) + count
        targeted = sum(row["count"] for row in rows)
        labels = dict(self.env["crm.outbox"]._fields["reason"]._description_selection(self.env))
        return {
            "targeted": targeted,
            "counts": counts,
            "difference": targeted - sum(counts.values()),
            "reasons": [
                {"part": part, "reason": reason, "label": labels.get(reason, reason), "count": n}
                for (part, reason), n in sorted(reasons.items(), key=lambda item: -item[1])
            ],
        }

    @api.model
    def _prepare_running(self, mailing, rows):
        now = fields.Datetime.now()
        total = sum(row["count"] for row in rows)
        open_count = sum(row["count"] for row in rows if row["state"] in OPEN_STATES)
        waiting = sum(row["count"] for row in rows if row["state"] in WAITING)
        # what waits for later says nothing of the speed
        going = waiting - sum(row["waits"] for row in rows if row["state"] in WAITING)
        recent = sum(row["recent"] for row in rows) if going else 0
        first = min((row["first_sent"] for row in rows if row["first_sent"]), default=now)
        elapsed = min(max((now - first).total_seconds(), 1), queries.SPEED_WINDOW)
        ends_at = None
        if (recent or not going) and waiting and not mailing.is_paused:
            ends_at = now + timedelta(seconds=waiting * elapsed / recent if recent else 0)
            last_due = max((row["last_due"] for row in rows if row["last_due"]), default=now)
            ends_at = fields.Datetime.to_string(max(ends_at, last_due))
        return {
            "id": mailing.id,
            "name": mailing.display_name,
            "is_paused": mailing.is_paused,
            "pause_reason": mailing.pause_reason or "",
            "can_control": mailing.has_access("write"),
            "total": total,
            "done": total - open_count,
            "waiting": waiting,
            "held": open_count - waiting,
            "percent": 100 * (total - open_count) // total if total else 0,
            "per_minute": 0 if mailing.is_paused else round(60 * recent / elapsed),
            "ends_at": ends_at,
            "waits": mailing._describe_waits(
                [
                    (row["reason"], row["waits"], row["first_due"], row["last_due"])
                    for row in rows
                    if row["waits"]
                ]
            ),
        }

    # ------------------------------------------------------------------
    # Leads, orders, money
    # ------------------------------------------------------------------

    @api.model
    def _get_touch_condition(self, campaign, mailings):
        if campaign:
            return SQL("campaign_id = %s", campaign.id)
        return SQL("mailing_id = ANY(%s)", mailings.ids)

    @api.model
    def _get_visible(self, model, **options):
        """:return: (condition of the records that the reader may see, or None, whether he may open
        them)

        How many there are is for all who work with campaigns, as in the report of their
        performance; whoever reads leads or orders counts those that he may open.
        """
        if not self.env[model].has_access("read"):
            return None, False
        records = self.env[model].with_context(active_test=False)._search([], **options)
        return records.subselect(), True

    @api.model
    def _read_business(self, campaign, mailings):
        """:return: ``{total: figures, by_mailing: {mailing id: {leads, orders, revenue}}}``"""
        for model in ("crm.attribution", "crm.lead", "sale.order"):
            self.env[model].flush_model()
        total, by_mailing = {}, {}
        scope = self._get_touch_condition(campaign, mailings)
        for name, conversion, model in (
            ("leads", "lead", "crm.lead"),
            ("orders", "order", "sale.order"),
        ):
            records, may_open = self._get_visible(model)
            total[f"may_open_{name}"] = may_open
            statement = queries.count_business(
                conversion, f"{conversion}_id", scope, self.env.companies.ids, records
            )
            for mailing_id, is_total, count in self.env.execute_query(statement):
                if is_total:
                    total[name] = count
                elif mailing_id:
                    by_mailing.setdefault(mailing_id, {})[name] = count
        self._add_amounts(campaign, mailings, total, by_mailing)
        return {"total": total, "by_mailing": by_mailing}

    @api.model
    def _add_amounts(self, campaign, mailings, total, by_mailing):
        """Amounts are for who may see them; a mailing has no costs of its own."""
        Performance = self.env["crm.campaign.performance"]
        names = ["cost"] if campaign else []
        names += [
            name
            for name in ("revenue", "paid")
            if Performance._has_field_access(Performance._fields[name], "read")
        ]
        if not names:
            return
        domain = Domain("kind", "in", ("order", "payment", "cost"))
        if campaign:
            domain &= Domain("campaign_id", "=", campaign.id)
        else:
            domain &= Domain("mailing_id", "in", mailings.ids)
        sums = dict.fromkeys(names, 0.0)
        rows = Performance._read_group(domain, ["mailing_id"], [f"{name}:sum" for name in names])
        for mailing, *amounts in rows:
            for name, amount in zip(names, amounts, strict=True):
                sums[name] += amount or 0.0
                if name == "revenue" and mailing:
                    by_mailing.setdefault(mailing.id, {})["revenue"] = self._write_amount(amount)
        for name, amount in sums.items():
            total[name] = self._write_amount(amount)
        if sums.get("cost") and "revenue" in sums:
            total["roi"] = round(100 * (sums["revenue"] - sums["cost"]) / sums["cost"], 1)
        if "revenue" in sums:
            models_field = self.env["res.config.settings"]._fields["crm_attribution_model"]
            labels = dict(models_field._description_selection(self.env))
            total["model"] = labels[self.env["crm.attribution"]._get_model()]

    @api.model
    def _write_amount(self, amount):
        return format_amount(self.env, amount or 0.0, self.env.company.currency_id)

    # ------------------------------------------------------------------
    # Variants
    # ------------------------------------------------------------------

    @api.model
    def _prepare_variants(self, campaign, mailings, deliveries, reactions, business):
        """:return: a dict for each mailing that has deliveries, and for the hold-out group"""
        by_mailing = {}
        for row in deliveries:
            by_mailing.setdefault(row["mailing_id"], []).append(row)
        results = self._read_ab_results(campaign)
        labels = dict(mailings._fields["state"]._description_selection(self.env))
        variants = []
        for mailing in reversed(mailings):
            if mailing.id not in by_mailing:
                continue
            parts = self._reconcile(by_mailing[mailing.id])
            counts, found = parts["counts"], reactions.get(mailing.id, {})
            result = results.get(mailing.id)
            variants.append(
                {
                    "id": mailing.id,
                    "name": mailing.display_name,
                    "state": labels.get(mailing.state),
                    "targeted": parts["targeted"],
                    "sent": counts["sent"],
                    **{name: found.get(name) or 0 for name in REACTIONS},
                    "leads": 0,
                    "orders": 0,
                    "revenue": self._write_amount(0),
                    **business.get(mailing.id, {}),
                    "is_test": mailing.ab_testing_enabled,
                    "is_winner": bool(result and result.is_winner),
                    "verdict": (result and result.verdict_text) or "",
                    "lift": (result and result.has_lift and result.lift_text) or "",
                }
            )
        holdout = sum(
            row["count"]
            for row in deliveries
            if row["state"] == "suppressed" and row["reason"] == "holdout"
        )
        return {
            "rows": variants,
            # somebody who is held out is so in each variant that would have been his
            "holdout": holdout,
            "is_test": bool(results),
            "counted_on": campaign.ab_counted_on
            and fields.Datetime.to_string(campaign.ab_counted_on),
        }

    @api.model
    def _read_ab_results(self, campaign):
        if not campaign:
            return {}
        results = self.env["crm.ab.result"].search(
            [("campaign_id", "=", campaign.id), ("phase", "=", "now")]
        )
        return {result.mailing_id.id: result for result in results}

    # ------------------------------------------------------------------
    # Over time
    # ------------------------------------------------------------------

    @api.model
    def _prepare_timeline(self, mailings, deliveries, reactions):
        """:return: ``{unit, steps: [start, in UTC], series: {name: [number of each step]}}``"""
        moments = [row["first_sent"] for row in deliveries if row["first_sent"]]
        if not moments:
            return {}
        moments += [row[name] for row in reactions.values() for name in ("first", "last")]
        timezone = pytz.timezone(str(self.env.tz))
        first, last = (
            pytz.utc.localize(moment).astimezone(timezone).replace(tzinfo=None)
            for moment in (min(moments), max(moments))
        )
        unit = time_steps.choose_unit(first, last)
        rows = self._count_over_time("crm.outbox", "sent_at", ("state",), unit, mailings)
        # uncertain ones have their moment, too, but nobody knows whether they went
        sent = [(moment, count) for moment, state, count in rows if state == "sent"]
        events = self._count_over_time("crm.engagement", "ts", ("kind", "actor"), unit, mailings)
        last = max([last, *(moment for moment, *_rest in sent if moment)])
        steps = time_steps.list_steps(first, last, unit)
        places = {moment: place for place, moment in enumerate(steps)}
        series = {}

        def add(name, moment, count):
            if moment in places:
                series.setdefault(name, [0] * len(steps))[places[moment]] += count

        for moment, count in sent:
            add("sent", moment, count)
        for moment, kind, actor, count in events:
            if kind in ("open", "click") and actor == "bot":
                add(f"program_{kind}", moment, count)
            elif kind in SERIES:
                add(SERIES[kind], moment, count)
        return {
            "unit": unit,
            "steps": [
                fields.Datetime.to_string(
                    timezone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)
                )
                for moment in steps
            ],
            "series": series,
        }

    @api.model
    def _count_over_time(self, model, column, group, unit, mailings):
        query = self._search_rows(model, mailings)
        statement = queries.count_over_time(query, column, group, unit, str(self.env.tz))
        return self.env.execute_query(statement)

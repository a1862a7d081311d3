from datetime import timedelta

from odoo import api, models

from odoo.addons.crm_suite.lib.working_time import epoch

# Over how many days it is counted how many promises were kept
KEPT_DAYS = 90
NEXT_TICKETS = 8


class ResPartner(models.Model):
    """What is promised to a customer, how it was kept, and what is due next."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    @api.readonly
    def get_sla_promise(self):
        """The promise to the customer of this contact, as far as the reader may read it.

        :return: {"now": epoch seconds, "customer", "tier", "days", "priorities": [(key, label)],
            "policies": [see `crm.sla.policy._prepare_promise_table`], "kept": see
            `_count_kept_promises`, "open": number, "overdue": number, "tickets": the next ones}
        """
        self.ensure_one()
        self.check_access("read")
        customer = self.commercial_partner_id
        Ticket = self.env["crm.ticket"]
        policies = self.env["crm.sla.policy"].search([("company_id", "in", self.env.companies.ids)])
        still_open = [("commercial_partner_id", "=", customer.id), ("closed_at", "=", False)]
        return {
            "now": epoch(Ticket._now()),
            "customer": customer.display_name,
            "tier": customer.customer_tier_id.name or "",
            "days": KEPT_DAYS,
            "priorities": Ticket._fields["priority"]._description_selection(self.env),
            "policies": policies._filter_for_customer(customer)._prepare_promise_tables(),
            "kept": customer._count_kept_promises(),
            "open": Ticket.search_count(still_open),
            "overdue": Ticket.search_count([*still_open, ("sla_state", "=", "overdue")]),
            "tickets": [
                {
                    "id": ticket.id,
                    "name": ticket.display_name,
                    "priority": ticket.priority,
                    "stage": ticket.stage_id.display_name or "",
                    "agent": ticket.user_id.display_name or "",
                    "live": ticket.sla_live,
                }
                for ticket in Ticket.search(
                    still_open, order="sla_deadline, id", limit=NEXT_TICKETS
                )
            ],
        }

    def _count_kept_promises(self):
        """How promises to this customer ended lately, by metric.

        :return: {"met", "missed", "forgiven": numbers, "share": part of 1 or None,
            "rows": [(metric, met, missed, forgiven)]}
        """
        self.ensure_one()
        Clock = self.env["crm.sla.clock"]
        since = self.env["crm.ticket"]._now() - timedelta(days=KEPT_DAYS)
        metrics = dict(Clock._fields["metric"]._description_selection(self.env))
        counts = {metric: {"met": 0, "missed": 0, "forgiven": 0} for metric in metrics}
        groups = Clock._read_group(
            [
                ("partner_id", "=", self.id),
                ("state", "=", "stopped"),
                ("stopped_at", ">=", since),
            ],
            ["metric", "result"],
            ["__count"],
        )
        for metric, result, count in groups:
            if result:
                counts[metric][result] += count
        total = {
            result: sum(count[result] for count in counts.values())
            for result in ("met", "missed", "forgiven")
        }
        decided = total["met"] + total["missed"]
        return {
            **total,
            "share": total["met"] / decided if decided else None,
            "rows": [
                (metrics[metric], count["met"], count["missed"], count["forgiven"])
                for metric, count in counts.items()
                if any(count.values())
            ],
        }

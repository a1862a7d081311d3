"""The figures of customers by plain Python over the records: slow and obvious."""

import statistics
from collections import defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from ...lib import lifetime_value, rfm

INVOICES = ("out_invoice", "out_refund", "out_receipt")


def half_up(number):
    return int(number + 0.5)


class Oracle:
    """What a company should know of its customers."""

    def __init__(self, env, company, today, discount=0.1, assumed_margin=0.3):
        self.env, self.company, self.today = env, company, today
        self.assumed_margin = assumed_margin
        self.rows = {}
        orders, moves, lines = self._get_documents()
        for partner in {*orders, *moves, *lines}:
            self.rows[partner] = self._add_up(orders[partner], moves[partner], lines[partner])
            self.rows[partner]["payment_delay_days"] = partner.with_company(
                company
            ).payment_delay_days
        self._compare(discount)

    def _get_documents(self):
        found = (
            self.env["sale.order"].search(
                [("state", "=", "sale"), ("company_id", "=", self.company.id)]
            ),
            self.env["account.move"].search(
                [
                    ("move_type", "in", INVOICES),
                    ("state", "=", "posted"),
                    ("company_id", "=", self.company.id),
                ]
            ),
            self.env["account.move.line"].search(
                [
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("company_id", "=", self.company.id),
                    ("amount_residual", "!=", 0),
                    ("reconciled", "=", False),
                    ("partner_id", "!=", False),
                ]
            ),
        )
        grouped = []
        for records in found:
            by_partner = defaultdict(lambda records=records: records.browse())
            for record in records:
                if record.partner_id:
                    by_partner[record.partner_id.commercial_partner_id] += record
            grouped.append(by_partner)
        return grouped

    def _add_up(self, orders, moves, lines):
        year, before = (self.today - relativedelta(months=months) for months in (12, 24))
        row = defaultdict(float)
        days, sold = [], 0
        is_recent = is_earlier = False
        for order in orders:
            day = order.date_order.date()
            gross, net, margin, known = self._add_lines(order)
            profit = margin + self.assumed_margin * (net - known)
            row["revenue"] += net
            row["refunded_amount"] += gross - net + max(0, -gross)
            row["margin"] += margin
            row["lifetime_value"] += profit
            if day > year:
                row["recent_revenue"] += net
                row["recent_profit"] += profit
            elif day > before:
                row["earlier_revenue"] += net
            if gross >= 0:
                sold += 1
                days.append(day)
                is_recent |= day > year
                is_earlier |= before < day <= year
        days = sorted(set(days))
        row["order_count"] = sold
        row["first_order_date"] = days[0] if days else False
        row["last_order_date"] = days[-1] if days else False
        row["average_order_value"] = row["revenue"] / sold if sold else 0
        row["interval"] = (days[-1] - days[0]).days / (len(days) - 1) if len(days) > 1 else None
        row["order_interval_days"] = row["interval"] or 0
        row["repeats"] = len(days) - 1
        row["is_recent"], row["is_earlier"] = is_recent, is_earlier
        row["open_balance"] = sum(lines.mapped("amount_residual"))
        row["overdue_balance"] = sum(
            line.amount_residual
            for line in lines
            if line.amount_residual > 0 and (line.date_maturity or line.date) < self.today
        )
        users = [*(order.user_id for order in orders), *(move.invoice_user_id for move in moves)]
        teams = [*(order.team_id for order in orders), *(move.team_id for move in moves)]
        for name, people in (("user_id", users), ("team_id", teams)):
            row[name] = people[0].id if people and len(set(people)) == 1 else False
        return row

    def _add_lines(self, order):
        """Return the amount, what is left of it, the margin, and the amount that has a cost."""
        gross = net = margin = known = 0.0
        for line in order.order_line:
            if line.display_type or line.is_downpayment or line.product_id.type == "combo":
                continue
            quantity, amount = line.product_uom_qty, line.price_subtotal
            if not quantity:
                quantity = line.qty_delivered
                amount = line.untaxed_amount_invoiced + line.untaxed_amount_to_invoice
            left = (amount - line.credited_amount) / order.currency_rate
            gross += amount / order.currency_rate
            net += left
            cost = line.product_id.with_company(order.company_id).standard_price
            if line.price_subtotal < 0 < line.product_uom_qty:
                margin += left
                known += left
            elif cost:
                pieces = line.product_uom_id._compute_quantity(
                    quantity - line.returned_quantity, line.product_id.uom_id, round=False
                )
                margin += left - cost * pieces
                known += left
        return gross, net, margin, known

    def _compare(self, discount):
        buyers = [row for row in self.rows.values() if row["order_count"]]
        cuts = {
            name: rfm.get_cuts([row[name] for row in buyers])
            for name in ("last_order_date", "order_count")
        }
        cuts["revenue"] = rfm.get_cuts([round(row["revenue"], 2) for row in buyers])
        tiers = rfm.get_tier_cuts([round(row["recent_revenue"], 2) for row in self.rows.values()])
        gaps = [row["interval"] for row in buyers if row["interval"] is not None]
        median = statistics.median(gaps) if gaps else None
        retention = lifetime_value.get_retention_rate(
            sum(row["is_earlier"] for row in buyers),
            sum(row["is_earlier"] and row["is_recent"] for row in buyers),
        )
        for row in self.rows.values():
            row.update(
                dict.fromkeys(("recency_score", "frequency_score", "monetary_score"), 0),
                rfm_cell=False,
                value_tier=False,
                churn_risk=0,
                projected_lifetime_value=0,
                expected_order_date=False,
            )
            if not row["order_count"]:
                continue
            first, last = row["first_order_date"], row["last_order_date"]
            gap = row["interval"] if row["interval"] is not None else median
            if gap is not None:
                row["expected_order_date"] = last + timedelta(days=half_up(gap))
            scores = (
                rfm.get_score(last, cuts["last_order_date"]),
                rfm.get_score(row["order_count"], cuts["order_count"]),
                rfm.get_score(round(row["revenue"], 2), cuts["revenue"]),
            )
            row["recency_score"], row["frequency_score"], row["monetary_score"] = scores
            row["rfm_cell"] = rfm.get_cell(*scores)
            row["value_tier"] = rfm.get_tier(round(row["recent_revenue"], 2), tiers)
            row["churn_risk"] = lifetime_value.get_churn_risk(
                row["repeats"], (last - first).days, (self.today - first).days, median
            )
            row["projected_lifetime_value"] = lifetime_value.get_projected_value(
                row["recent_profit"], retention, discount, round(row["churn_risk"], 4)
            )

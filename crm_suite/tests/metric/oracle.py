"""The figures of customers by plain Python over their documents: slow and obvious.

Nothing here knows the SQL of the room, nor what other rooms store for it: it follows the helps of
the fields and the docstrings, from orders, invoices, payments and rates alone.
"""

import math
import statistics
from collections import defaultdict
from datetime import timedelta

import pytz
from dateutil.relativedelta import relativedelta

from ...lib.rfm import CELLS

EXACT = (
    "expected_order_date",
    "first_order_date",
    "frequency_score",
    "last_order_date",
    "monetary_score",
    "order_count",
    "recency_score",
    "rfm_cell",
    "team_id",
    "user_id",
    "value_tier",
)
# figure: what rounding may make of it
NEAR = {
    "average_order_value": 0.006,
    "churn_risk": 0.00006,
    "earlier_revenue": 0.006,
    "lifetime_value": 0.006,
    "margin": 0.006,
    "open_balance": 0.006,
    "order_interval_days": 0.0501,
    "overdue_balance": 0.006,
    "payment_delay_days": 0.0501,
    "projected_lifetime_value": 0.5,
    "recent_revenue": 0.006,
    "refunded_amount": 0.006,
    "revenue": 0.006,
}
# MBG/NBD, see lib/lifetime_value.py
R, A, B, ALPHA_DAYS = 0.525, 0.891, 1.614, 43.281


class Oracle:
    """What a company should know of its customers: `rows` by customer, of dicts by figure."""

    def __init__(self, env, company, now, discount=0.1, assumed_margin=0.3):
        self.env = env(context={**env.context, "allowed_company_ids": company.ids})
        self.company = company.with_env(self.env)
        self.zone = pytz.timezone(company.resource_calendar_id.tz)
        self.today = pytz.utc.localize(now).astimezone(self.zone).date()
        # the habit of paying is that of 24 months in UTC, in which the passes run
        self.paid_since = now.date() - relativedelta(months=24)
        self.discount, self.assumed_margin = discount, assumed_margin
        documents = self._get_documents()
        self.rows = {partner: self._add_up(*found) for partner, found in documents.items()}
        self._compare()

    def _get_documents(self):
        """Confirmed orders, posted invoices and open receivables of each customer."""
        documents = defaultdict(lambda: ([], [], []))
        mine = ("company_id", "=", self.company.id)
        for place, records in enumerate(
            (
                self.env["sale.order"].search([mine]).filtered(lambda o: o.state == "sale"),
                self.env["account.move"]
                .search([mine])
                .filtered(lambda move: move.state == "posted" and move.is_sale_document(True)),
                self.env["account.move.line"]
                .search([mine])
                .filtered(
                    lambda line: (
                        line.move_id.state == "posted"
                        and line.account_id.account_type == "asset_receivable"
                        and line.amount_residual
                    )
                ),
            )
        ):
            for record in records:
                partner = record.partner_id
                while partner.parent_id and not partner.is_company:
                    partner = partner.parent_id
                if partner:
                    documents[partner][place].append(record)
        return documents

    def _add_up(self, orders, moves, lines):
        row = defaultdict(float)
        year, before = (self.today - relativedelta(months=months) for months in (12, 24))
        days = []
        for order in orders:
            day = pytz.utc.localize(order.date_order).astimezone(self.zone).date()
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
                days.append(day)
        row["order_count"] = len(days)
        row["average_order_value"] = row["revenue"] / len(days) if days else 0
        row["days"] = days = sorted(set(days))
        row["first_order_date"] = days[0] if days else False
        row["last_order_date"] = days[-1] if days else False
        row["interval"] = (days[-1] - days[0]).days / (len(days) - 1) if len(days) > 1 else None
        row["order_interval_days"] = row["interval"] or 0
        row["is_recent"] = any(day > year for day in days)
        row["is_earlier"] = any(before < day <= year for day in days)
        row["open_balance"] = sum(line.amount_residual for line in lines)
        row["overdue_balance"] = sum(
            line.amount_residual
            for line in lines
            if line.amount_residual > 0 and (line.date_maturity or line.date) < self.today
        )
        row["user_id"] = self._only(
            [order.user_id for order in orders] + [move.invoice_user_id for move in moves]
        )
        row["team_id"] = self._only([document.team_id for document in [*orders, *moves]])
        return row

    def _only(self, people):
        return people[0].id if people and len(set(people)) == 1 else False

    def _add_lines(self, order):
        """Return the amount, what is left of it, the margin, and the amount that has a cost."""
        gross = net = margin = known = 0.0
        rate = self._get_rate(order.currency_id, order.date_order.date())
        for line in order.order_line:
            if line.display_type or line.is_downpayment or line.product_id.type == "combo":
                continue
            quantity = line.product_uom_qty
            if not quantity and line.product_id.invoice_policy == "delivery":
                quantity = line.qty_delivered
            amount = quantity * line.price_unit * (1 - line.discount / 100)
            amount = order.currency_id.round(amount)
            back, credited = self._get_returns(line, quantity, amount)
            left = (amount - credited) / rate
            gross += amount / rate
            net += left
            cost = line.product_id.standard_price
            if line.price_unit < 0 < line.product_uom_qty:
                # a discount: nobody bought it
                margin += left
                known += left
            elif cost:
                pieces = (quantity - back) * (12 if "Dozen" in line.product_uom_id.name else 1)
                margin += left - cost * pieces
                known += left
        return gross, net, margin, known

    def _get_rate(self, currency, day):
        """Units of a currency for one of the company's, by the last rate that was known."""
        rates = self.env["res.currency.rate"].search(
            [("currency_id", "=", currency.id), ("company_id", "=", self.company.id)], order="name"
        )
        known = [rate for rate in rates if rate.name <= day] or rates[:1]
        return known[-1].rate if known else 1.0

    def _get_returns(self, line, quantity, amount):
        """Return how many pieces, and how much, credit notes took back of a line.

        What another invoice charged again is not taken back; neither is what the order itself
        gives back.
        """
        taken = []
        for ordered, figure in ((quantity, "quantity"), (amount, "price_subtotal")):
            charged = credited = 0.0
            for item in line.invoice_lines:
                if item.move_id.state != "posted":
                    continue
                if item.move_id.move_type == "out_refund":
                    credited += item[figure]
                else:
                    charged += item[figure]
            again = max(0, charged - max(0, ordered))
            taken.append(max(0, credited - again - max(0, -ordered)))
        return taken

    def _get_payment_delay(self, partner):
        """Mean days from due date to full payment, of each part of the invoices."""
        delays = []
        invoices = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
            ]
        )
        for line in invoices.line_ids:
            if line.display_type != "payment_term" or not line.reconciled:
                continue
            if line.partner_id.commercial_partner_id != partner:
                continue
            paid = [
                part.max_date
                for part in line.matched_credit_ids
                if part.credit_move_id.move_id.move_type != "out_refund"
                and part.credit_move_id.journal_id != self.company.currency_exchange_journal_id
            ]
            if paid and max(paid) >= self.paid_since:
                delays.append((max(paid) - line.date_maturity).days)
        return statistics.mean(delays) if delays else 0

    # ------------------------------------------------------------------
    # Against the other customers of the company
    # ------------------------------------------------------------------

    def _compare(self):
        buyers = [row for row in self.rows.values() if row["order_count"]]
        gaps = [row["interval"] for row in buyers if row["interval"] is not None]
        median = statistics.median(gaps) if gaps else None
        earlier = [row for row in buyers if row["is_earlier"]]
        returned = [row for row in earlier if row["is_recent"]]
        retention = (len(returned) + 1) / (len(earlier) + 2)
        for partner, row in self.rows.items():
            row["payment_delay_days"] = self._get_payment_delay(partner)
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
            gap = row["interval"] if row["interval"] is not None else median
            if gap is not None:
                days = timedelta(days=math.floor(gap + 0.5))
                row["expected_order_date"] = row["last_order_date"] + days
            for score, figure in (
                ("recency_score", "last_order_date"),
                ("frequency_score", "order_count"),
                ("monetary_score", "revenue"),
            ):
                row[score] = self._get_fifth(row, buyers, figure)
            mean = math.floor((row["frequency_score"] + row["monetary_score"]) / 2 + 0.5)
            row["rfm_cell"] = CELLS[row["recency_score"] - 1][mean - 1]
            row["value_tier"] = self._get_tier(row)
            row["churn_risk"] = self._get_churn_risk(row, median)
            row["projected_lifetime_value"] = (
                (1 - row["churn_risk"])
                * row["recent_profit"]
                * retention
                / (1 + self.discount - retention)
            )

    def _get_fifth(self, row, buyers, figure):
        """One plus the cuts that a customer is above; a cut is the least value that is not below
        one, two, three, four fifths of all.
        """
        values = [self._round(buyer[figure]) for buyer in buyers]
        above = 0
        for fifths in (1, 2, 3, 4):
            reaching = [
                value
                for value in values
                if 5 * sum(other <= value for other in values) >= fifths * len(values)
            ]
            above += self._round(row[figure]) > min(reaching)
        return 1 + above

    def _round(self, value):
        return round(value, 2) if isinstance(value, float) else value

    def _get_tier(self, row):
        """A while those with more revenue have not brought 80 %, B until 95 %."""
        revenues = [round(other["recent_revenue"], 2) for other in self.rows.values()]
        mine, total = round(row["recent_revenue"], 2), sum(each for each in revenues if each > 0)
        before = sum(each for each in revenues if each > mine)
        if mine <= 0:
            return "c"
        return "a" if before < 0.8 * total else "b" if before < 0.95 * total else "c"

    def _get_churn_risk(self, row, median):
        alpha = R * median if median else ALPHA_DAYS
        repeats = len(row["days"]) - 1
        span = (row["last_order_date"] - row["first_order_date"]).days
        age = max(span, (self.today - row["first_order_date"]).days)
        odds = A / (B + repeats) * ((alpha + age) / (alpha + span)) ** (R + repeats)
        return 1 - 1 / (1 + odds)

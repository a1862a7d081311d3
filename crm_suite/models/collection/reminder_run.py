"""Reading everything about the overdue invoices of many customers at once, and deciding who is
reminded of what, and who is not and why.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.payment_reminder import find_due_step, find_next_step

# a reminder in these states has gone, or may have gone
COUNTED_STATES = ("sending", "sent", "failed", "uncertain")


@dataclass
class Item:
    """What a customer owes for one invoice, or has in his favour (`residual` below zero)."""

    move_id: int
    number: str
    date: object
    due: object
    amount: float
    currency_id: int
    residual: float
    balance: float  # of the residual, in the currency of the company
    is_credit: bool
    days: int = 0
    step: object = None
    is_held: bool = False

    def prepare_values(self):
        return {
            "move_id": self.move_id,
            "number": self.number,
            "date_invoice": self.date,
            "date_due": self.due,
            "days_overdue": self.days,
            "amount": self.amount,
            "currency_id": self.currency_id,
            "residual": self.residual,
            "balance": self.balance,
            "is_credit": self.is_credit,
            "is_held": self.is_held,
            "level_id": self.step.id if self.step and not self.is_held else False,
        }


@dataclass
class Case:
    """A customer of a company: what he owes, and what is to be done."""

    company_id: int
    partner_id: int
    items: list[Item] = field(default_factory=list)
    step: object = None
    hold_kind: str | bool = False
    reminded_on: object = False
    next_on: object = False
    recipient_id: int | bool = False
    user_id: int | bool = False
    send_mail: bool = False

    @property
    def key(self):
        return (self.company_id, self.partner_id)

    @property
    def reminded(self):
        """The invoices of which the customer is reminded."""
        return [item for item in self.items if not item.is_credit and not item.is_held]

    @property
    def owed(self):
        """What is overdue and not held, credits deducted, in the currency of the company."""
        return sum(item.balance for item in self.items if not item.is_held)

    @property
    def days(self):
        return max((item.days for item in self.items), default=0)


class ReminderRun:
    """Decides about customers, by a handful of queries for any number of them.

    :param env: superuser's; whoever calls has checked which customers the user reaches
    :param companies: ``res.company``
    :param partners: commercial partners; None: all
    :param besides: reminders that do not count as earlier ones (those that are decided about)
    """

    def __init__(self, env, companies, partners=None, besides=None):
        self.env = env
        self.companies = companies
        self.partners = partners
        self.besides = besides.ids if besides else []
        self.today = fields.Date.context_today(env["account.move"])
        levels = env["crm.payment.reminder.level"].with_context(active_test=False).search([])
        self.levels = {level.id: level for level in levels}
        self.steps = {level.id: level._get_step() for level in levels}

    def decide(self):
        """Return the cases: all customers with overdue invoices whom a level concerns."""
        self.env.flush_all()
        cases = self._read_items(self.env["account.move"]._get_overdue_line_domain(self.today), {})
        if not cases:
            return []
        customers = Domain("partner_id.commercial_partner_id", "in", [key[1] for key in cases])
        self._read_items(
            self.env["account.move"]._get_credit_line_domain() & customers, cases, is_credit=True
        )
        self._read_holds(cases)
        self._read_history(cases)
        found = [case for case in cases.values() if self._decide_step(case)]
        self._choose_contacts(found)
        return found

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    def _read_items(self, domain, cases, is_credit=False):
        """Add the open lines of a domain to the cases, one item for each document."""
        domain &= Domain("company_id", "in", self.companies.ids)
        if self.partners is not None:
            domain &= Domain("partner_id.commercial_partner_id", "in", self.partners.ids)
        query = self.env["account.move.line"]._search(domain)
        line = query.table
        query.add_join(
            "JOIN",
            "customer",
            "res_partner",
            SQL("customer.id = %s", SQL.identifier(line, "partner_id")),
        )
        query.add_join(
            "JOIN",
            "document",
            "account_move",
            SQL("document.id = %s", SQL.identifier(line, "move_id")),
        )
        query.groupby = SQL("1, 2, document.id, %s", SQL.identifier(line, "currency_id"))
        query.order = SQL("MIN(%s), document.id", SQL.identifier(line, "date_maturity"))
        rows = self.env.execute_query(
            query.select(
                SQL.identifier(line, "company_id"),
                "customer.commercial_partner_id",
                "document.id",
                "document.name",
                "COALESCE(document.invoice_date, document.date)",
                SQL("MIN(%s)", SQL.identifier(line, "date_maturity")),
                "document.amount_total",
                SQL.identifier(line, "currency_id"),
                SQL("SUM(%s)", SQL.identifier(line, "amount_residual_currency")),
                SQL("SUM(%s)", SQL.identifier(line, "amount_residual")),
            )
        )
        for company_id, partner_id, *values in rows:
            case = cases.get((company_id, partner_id))
            if case is None:
                if is_credit:
                    continue
                case = cases[company_id, partner_id] = Case(company_id, partner_id)
            item = Item(*values, is_credit=is_credit)
            if not is_credit:
                item.days = (self.today - item.due).days
            case.items.append(item)
        return cases

    def _read_holds(self, cases):
        invoices = [item for case in cases.values() for item in case.items if not item.is_credit]
        holds = (
            self.env["account.move"].browse(item.move_id for item in invoices)
        )._get_reminder_holds()
        for item in invoices:
            item.is_held = item.move_id in holds

    def _read_history(self, cases):
        """Read which levels the invoices had, and when the customers were last reminded."""
        partner_ids = {key[1] for key in cases}
        move_ids = [item.move_id for case in cases.values() for item in case.items]
        self.reached = defaultdict(list)
        for move_id, level_id in self.env.execute_query(
            SQL(
                """
                SELECT move_id, level_id FROM crm_payment_reminder_line
                 WHERE move_id = ANY(%s) AND level_id IS NOT NULL AND state = ANY(%s)
                   AND reminder_id != ALL(%s)
                """,
                move_ids,
                list(COUNTED_STATES),
                self.besides,
            )
        ):
            self.reached[move_id].append(self.steps[level_id])
        self.open_cases = set()
        for company_id, partner_id, reminded_on, is_open in self.env.execute_query(
            SQL(
                """
                SELECT r.company_id, p.commercial_partner_id,
                       MAX(r.date) FILTER (WHERE r.state IN ('sent', 'uncertain')),
                       BOOL_OR(r.state IN ('sending', 'failed', 'uncertain'))
                  FROM crm_payment_reminder r
                  JOIN res_partner p ON p.id = r.partner_id
                 WHERE p.commercial_partner_id = ANY(%s) AND r.state = ANY(%s)
                   AND r.id != ALL(%s)
                 GROUP BY 1, 2
                """,
                list(partner_ids),
                list(COUNTED_STATES),
                self.besides,
            )
        ):
            if case := cases.get((company_id, partner_id)):
                case.reminded_on = reminded_on or False
                if is_open:
                    self.open_cases.add(case.key)

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def _decide_step(self, case):
        """Decide on which step a customer is reminded, or why not. Returns False for those whom no
        level concerns yet.
        """
        steps = sorted(
            self.steps[level.id]
            for level in self.levels.values()
            if level.active and level.company_id.id in (False, case.company_id)
        )
        invoices = [item for item in case.items if not item.is_credit]
        upcoming = []
        for item in invoices:
            item.step = find_due_step(steps, self.reached[item.move_id], item.days)
            if (step := find_next_step(steps, self.reached[item.move_id])) and not item.step:
                upcoming.append(item.due + timedelta(days=step.days))
        due = [item for item in invoices if item.step]
        case.step = max((item.step for item in due if not item.is_held), default=None)
        if not due:
            if not case.reminded_on:
                return False  # nothing is so late that a level begins
            case.hold_kind = "recent" if upcoming else "done"
            case.next_on = min(upcoming, default=False)
            return True
        case.hold_kind = self._find_hold(case)
        return True

    def _find_hold(self, case):
        partner = self.env["res.partner"].browse(case.partner_id)
        if partner.reminder_mode == "none":
            return "mode"
        if not case.step:
            return "held"
        company = self.env["res.company"].browse(case.company_id)
        if company.currency_id.compare_amounts(case.owed, 0) <= 0:
            return "nothing"
        if case.key in self.open_cases:
            return "open"
        if case.reminded_on:
            case.next_on = case.reminded_on + timedelta(days=case.step.min_days)
            if case.next_on > self.today:
                return "recent"
        return False

    def _choose_contacts(self, cases):
        """Choose who gets each reminder and who is responsible for it, and hold those that nobody
        can get.
        """
        Partner = self.env["res.partner"]
        partners = Partner.browse({case.partner_id for case in cases})
        addresses = defaultdict(Partner.browse)
        for contact in Partner.search(
            [
                ("commercial_partner_id", "in", partners.ids),
                ("type", "=", "invoice"),
                ("active", "=", True),
            ],
            order="id",
        ):
            addresses[contact.commercial_partner_id] |= contact
        for case in cases:
            partner = Partner.browse(case.partner_id)
            moves = self.env["account.move"].browse(
                item.move_id for item in case.items if not item.is_credit
            )
            chosen = partner.reminder_partner_id
            candidates = chosen or addresses[partner] | partner | moves.partner_id
            reachable = candidates.filtered("email_normalized")[:1]
            case.recipient_id = (reachable or candidates[:1]).id
            users = partner.reminder_user_id | partner.user_id | moves.invoice_user_id
            case.user_id = users.filtered("active")[:1].id
            if not case.step:
                continue
            level = self.levels[case.step.id]
            case.send_mail = level.send_mail and bool(reachable)
            if not case.hold_kind and level.send_mail and not reachable and not level.print_letter:
                case.hold_kind = "address"

import logging
from dataclasses import dataclass

import psycopg2

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, formatLang

_logger = logging.getLogger(__name__)

LARGEST_ID = 2**31 - 1
MOST_EVENTS = 5
# who has the timeline on the form
TIMELINE_READERS = "sales_team.group_sale_salesman"
# from which part of 1 a risk is called so
HIGH_RISK, MEDIUM_RISK = 0.6, 0.3


@dataclass(frozen=True)
class Subject:
    """Whom a page is about: the contact whose form it is on, and the customer he belongs to."""

    contact: models.BaseModel
    customer: models.BaseModel
    company: models.BaseModel
    # figures of the customer in the company: empty when the reader may not see them
    metric: models.BaseModel

    @property
    def both(self):
        return self.customer | self.contact


class CrmCustomerPage(models.AbstractModel):
    """All that one should know of a customer, in one look.

    Everything is read with the rights of the reader. An add-on adds a block by extending
    :meth:`_get_blocks`; see ``docs/architecture.md``.
    """

    _name = "crm.customer.page"
    _inherit = ["crm.customer.page.document", "crm.customer.page.person"]
    _description = "Customer Page"

    # ------------------------------------------------------------------ contract

    @api.model
    def get_page(self, partner_id):
        """What the reader may know of a customer.

        :param int partner_id: a contact; the page is that of the customer he belongs to
        :return: ``{"customer": {...}, "blocks": {key: block or None}}``. None: the reader may not
            read things of this kind. ``{"failed": True}``: it could not be read, the others could.
            Texts are as the reader is used to see them.
        :raise AccessError: for portal users, and for a contact that the reader may not read
        :raise UserError: for anything that is no contact
        """
        subject = self._get_subject(partner_id)
        return {
            "customer": self._read_customer(subject),
            "blocks": self._get_blocks(subject),
        }

    @api.model
    def _get_blocks(self, subject):
        """The parts of the page.

        A block that has ``title`` and ``tiles`` is shown without more ado, so an add-on can add one
        under a key of its own. A tile is made by :meth:`_prepare_tile`, a block is read through
        :meth:`_read_block`.

        :param Subject subject: whom the page is about
        :return: ``{key: block or None}``
        """
        return {
            "figures": self._read_block(self._read_figures, subject),
            "standing": self._read_block(self._read_standing, subject),
            "documents": self._read_block(self._read_documents, subject),
            "suggestions": self._read_block(self._read_suggestions, subject),
            "profile": self._read_block(self._read_profile, subject),
            "relations": self._read_block(self._read_relations, subject),
            "latest": self._read_block(self._read_latest, subject),
        }

    @api.model
    def _read_block(self, read, subject):
        """Read one part of the page; when it fails, the others are shown all the same."""
        try:
            with self.env.cr.savepoint(flush=False):
                return read(subject)
        except psycopg2.OperationalError:
            # a serialization failure, say: the request is tried again as a whole
            raise
        except Exception:
            _logger.exception("A part of the page of customer %s failed", subject.customer.id)
            return {"failed": True}

    @api.model
    def _prepare_tile(self, key, label, count, model="", domain=(), **values):
        """A number that opens what it counts.

        :param str key: unique in its block
        :param str label: what is counted
        :param count: the number, or a text to show in its place
        :param str model: of the records, if they can be opened
        :param list domain: of the records that are counted, plain lists
        :param values: ``amount`` (text), ``icon`` (fa-…), ``tone`` (danger, warning, success),
            ``note`` (text), ``view`` (XML id of the list)
        """
        view = values.pop("view", False)
        return {
            "key": key,
            "label": label,
            "count": count,
            "model": model,
            "domain": list(domain),
            "view": view and self.env.ref(view).id,
            **values,
        }

    # ------------------------------------------------------------------ what is asked for

    @api.model
    def _get_subject(self, partner_id):
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._("Only employees may see the page of a customer."))
        contact = self.env["res.partner"]
        if type(partner_id) is not int or not 0 < partner_id <= LARGEST_ID:
            raise UserError(self.env._("The page of which customer is to be shown?"))
        contact = contact.browse(partner_id).exists()
        contact.check_access("read")
        if not contact:
            raise UserError(self.env._("This contact does not exist any more."))
        # sudo: whom a contact belongs to; whether the reader may see that one is checked next
        customer = contact.sudo().commercial_partner_id.sudo(False)
        customer.check_access("read")
        metric = self.env["crm.customer.metric"]
        if metric.has_access("read"):
            metric = metric.search(
                [("partner_id", "=", customer.id), ("company_id", "=", self.env.company.id)]
            )
        return Subject(contact, customer, self.env.company, metric)

    @api.model
    def _read_customer(self, subject):
        return {
            "id": subject.customer.id,
            "name": subject.customer.display_name,
            "contact": subject.contact != subject.customer and subject.contact.name or "",
            # figures and documents are those of one company
            "company": len(self.env.user.company_ids) > 1 and subject.company.name or "",
        }

    @api.model
    def _may_read(self, record, *names):
        """Whether the reader may read fields, and they are there: parts come with other rooms."""
        return all(
            name in record._fields and record._has_field_access(record._fields[name], "read")
            for name in names
        )

    @api.model
    def _read_latest(self, subject):
        """What happened last, as on the timeline."""
        if not self.env.user.has_group(TIMELINE_READERS):
            return None
        return {
            "rows": self.env["crm.timeline"].get_page(
                "res.partner", subject.contact.id, limit=MOST_EVENTS
            )["rows"]
        }

    # ------------------------------------------------------------------ figures

    @api.model
    def _read_figures(self, subject):
        """The key figures; without any when there are none, or none that the reader may see."""
        metric = subject.metric
        if not metric.has_access("read"):
            return None
        if not metric:
            return {"rows": []}
        rows = [
            self._read_revenue(metric),
            self._read_orders(metric),
            self._read_expected_order(metric),
            self._read_churn_risk(metric),
            self._read_value(metric),
            self._read_balance(metric),
        ]
        return {
            "metric_id": metric.id,
            "rows": [row for row in rows if row],
            "refreshed": self._may_read(metric, "refreshed_at")
            and metric.refreshed_at
            and format_date(self.env, metric.refreshed_at),
        }

    @api.model
    def _format_money(self, amount, currency, digits=0):
        """An amount to be read at a glance: without decimals when it is large."""
        if abs(amount) < 1000:
            return formatLang(self.env, amount, currency_obj=currency)
        text = formatLang(self.env, amount, digits=digits)
        if currency.position == "before":
            return f"{currency.symbol}\N{NO-BREAK SPACE}{text}"
        return f"{text}\N{NO-BREAK SPACE}{currency.symbol}"

    @api.model
    def _format_money_inside(self, amount, currency):
        """An amount in a sentence of either direction: its sign and symbol stay where they are."""
        money = self._format_money(amount, currency)
        return f"\N{FIRST STRONG ISOLATE}{money}\N{POP DIRECTIONAL ISOLATE}"

    @api.model
    def _read_revenue(self, metric):
        if not self._may_read(metric, "recent_revenue", "earlier_revenue"):
            return None
        recent, earlier = metric.recent_revenue, metric.earlier_revenue
        row = {
            "key": "revenue",
            "action": "action_open_recent_orders",
            "label": self.env._("Revenue, 12 months"),
            "value": self._format_money(recent, metric.currency_id),
            "note": self.env._(
                "%(amount)s before", amount=self._format_money_inside(earlier, metric.currency_id)
            ),
        }
        if earlier > 0:
            percent = round(100 * (recent - earlier) / earlier)
            row["trend"] = {
                "text": self.env._("%(number)s %%", number=f"{percent:+d}"),
                "direction": (percent > 0) - (percent < 0),
            }
        elif recent > 0:
            row["trend"] = {"text": self.env._("New"), "direction": 1}
        return row

    @api.model
    def _read_orders(self, metric):
        if not self._may_read(metric, "order_count", "average_order_value", "last_order_date"):
            return None
        last = metric.last_order_date
        return {
            "key": "orders",
            "action": "action_open_orders",
            "label": self.env._("Orders"),
            "value": formatLang(self.env, metric.order_count, digits=0),
            "note": self.env._(
                "%(amount)s on average, last %(date)s",
                amount=self._format_money_inside(metric.average_order_value, metric.currency_id),
                date=format_date(self.env, last),
            )
            if last
            else "",
        }

    @api.model
    def _read_expected_order(self, metric):
        expected = self._may_read(metric, "expected_order_date") and metric.expected_order_date
        if not expected:
            return None
        days = (expected - metric.company_id._get_local_today()).days
        if days < 0:
            note = self.env._("%(days)s days late", days=-days)
        elif days:
            note = self.env._("in %(days)s days", days=days)
        else:
            note = self.env._("today")
        return {
            "key": "expected",
            "action": "action_open_orders",
            "label": self.env._("Next order expected"),
            "value": format_date(self.env, expected),
            "note": note,
            "tone": "warning" if days < 0 else "",
        }

    @api.model
    def _read_churn_risk(self, metric):
        if not self._may_read(metric, "churn_risk") or not metric.last_order_date:
            return None
        risk = metric.churn_risk
        if risk >= HIGH_RISK:
            tone, note = "danger", self.env._("High")
        elif risk >= MEDIUM_RISK:
            tone, note = "warning", self.env._("Moderate")
        else:
            tone, note = "success", self.env._("Low")
        return {
            "key": "churn",
            "action": "action_open_orders",
            "label": self.env._("Risk of leaving"),
            "value": self.env._("%(number)s %%", number=round(100 * risk)),
            "note": note,
            "tone": tone,
        }

    @api.model
    def _read_value(self, metric):
        if not self._may_read(metric, "projected_lifetime_value", "lifetime_value"):
            return None
        return {
            "key": "value",
            "action": "action_open_products",
            "label": self.env._("Projected value"),
            "value": self._format_money(metric.projected_lifetime_value, metric.currency_id),
            "note": self.env._(
                "%(amount)s so far",
                amount=self._format_money_inside(metric.lifetime_value, metric.currency_id),
            ),
        }

    @api.model
    def _read_balance(self, metric):
        if not self._may_read(metric, "open_balance", "overdue_balance"):
            return None
        overdue = metric.overdue_balance
        return {
            "key": "balance",
            "action": "action_open_balance",
            "label": self.env._("Open balance"),
            "value": self._format_money(metric.open_balance, metric.currency_id),
            "note": self.env._(
                # with what is owed without an invoice, and the invoices of colleagues
                "%(amount)s overdue in all",
                amount=self._format_money_inside(overdue, metric.currency_id),
            )
            if overdue > 0
            else self.env._("Nothing overdue"),
            "tone": "danger" if overdue > 0 else "",
        }

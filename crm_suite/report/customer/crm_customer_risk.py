from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, float_round, format_date

from .crm_customer_figure import DEPENDS

# A fall of revenue that is more than chance, in percent of the year before
REVENUE_FALL = 25
# The churn risk from which a customer is listed whatever else is known of him
HIGH_RISK = 0.5
# Payments that are later than that on average are a reason to talk
LATE_DAYS = 15
SILENT_DAYS = 90


class CrmCustomerRisk(models.Model):
    """Customers who may be leaving, with the reasons in words: the list to call from.

    A customer is listed when his next order is overdue, when his revenue of the last 12 months is
    at least 25 % below that of the 12 months before, or when his churn risk is 50 % or more.
    Other add-ons give further reasons by `_get_columns`, `_get_risks` and `_get_reasons`. That he
    pays late, or that nobody has talked to him for 90 days, is said too, but alone is no risk.
    """

    _name = "crm.customer.risk"
    _description = "Customer at Risk"
    _inherit = ["crm.customer.figure"]
    _auto = False
    _order = "revenue desc, id desc"
    _depends = DEPENDS

    reasons = fields.Text(
        compute="_compute_reasons", help="Why the customer may be leaving, the gravest first."
    )
    days_overdue = fields.Integer(
        string="Order Overdue (Days)",
        readonly=True,
        aggregator="avg",
        help="Since the day on which the next order was expected.",
    )
    revenue_fall = fields.Float(
        string="Revenue Fell (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 0),
        help="The last 12 months, compared with the 12 months before. Of several customers: of "
        "what they brought together.",
    )
    last_contact_at = fields.Datetime(related="partner_id.last_contact_at", related_sudo=False)
    next_step = fields.Char(
        compute="_compute_next_step", help="The first that is planned with the customer."
    )
    next_step_date = fields.Date(compute="_compute_next_step")
    phone = fields.Char(related="partner_id.phone", related_sudo=False)

    @api.depends("partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_next_step(self):
        """What was agreed on in an interaction, or planned on the contact."""
        for row in self:
            partner = row.partner_id
            steps = [
                (activity.date_deadline, activity.summary or activity.activity_type_id.name)
                for activity in partner.activity_ids
            ]
            if partner.interaction_next_step_date:
                steps.append((partner.interaction_next_step_date, partner.interaction_next_step))
            date, step = min(steps, key=lambda step: step[0], default=(False, False))
            row.next_step_date, row.next_step = date, step

    # ------------------------------------------------------------------
    # Reasons
    # ------------------------------------------------------------------

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_reasons(self):
        for row in self:
            row.reasons = "\n".join(row._get_reasons())

    def _get_reasons(self):
        """Return why the customer is listed: sentences, the gravest first."""
        self.ensure_one()
        reasons = []
        # who ordered on one day only has no interval of his own
        if self.days_overdue > 0 and not self.order_interval_days:
            reasons.append(self.env._("Order overdue by %(days)s days.", days=self.days_overdue))
        elif self.days_overdue > 0:
            reasons.append(
                self.env._(
                    "Order overdue by %(days)s days against a usual interval of %(interval)s days.",
                    days=self.days_overdue,
                    interval=int(float_round(self.order_interval_days, 0)),
                )
            )
        if self.revenue_fall >= REVENUE_FALL:
            reasons.append(
                self.env._(
                    "Revenue fell by %(percent)s %% against the year before.",
                    percent=int(float_round(self.revenue_fall, 0)),
                )
            )
        if self.churn_risk >= HIGH_RISK:
            reasons.append(
                self.env._(
                    "Churn risk of %(percent)s %%.",
                    percent=int(float_round(100 * self.churn_risk, 0)),
                )
            )
        return reasons + self._get_side_reasons()

    def _get_side_reasons(self):
        reasons = []
        if self._has_field_access(self._fields["payment_delay_days"], "read") and (
            self.payment_delay_days >= LATE_DAYS
        ):
            reasons.append(
                self.env._(
                    "Pays %(days)s days late on average.",
                    days=int(float_round(self.payment_delay_days, 0)),
                )
            )
        now = fields.Datetime.now()
        if not self.last_contact_at:
            reasons.append(self.env._("No contact is known."))
        elif now - self.last_contact_at >= timedelta(days=SILENT_DAYS):
            reasons.append(
                self.env._("No contact for %(days)s days.", days=(now - self.last_contact_at).days)
            )
        return reasons

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        """The fall of a group is that of its sums."""
        expression = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec != "revenue_fall:avg":
            return expression
        return SQL(
            "GREATEST(100 - 100 * SUM(%s) / NULLIF(SUM(%s), 0), 0)",
            SQL.identifier(self._table, "recent_revenue"),
            SQL.identifier(self._table, "earlier_revenue"),
        )

    def _get_columns(self):
        return {
            **super()._get_columns(),
            "days_overdue": SQL(
                "GREATEST(%s - metric.expected_order_date, 0)", fields.Date.context_today(self)
            ),
            "revenue_fall": self._get_fall(),
        }

    @api.model
    def _get_fall(self):
        return SQL(
            """CASE WHEN metric.earlier_revenue > 0
                    THEN GREATEST(100 - 100 * COALESCE(metric.recent_revenue, 0)
                                        / metric.earlier_revenue, 0)
                    ELSE 0 END"""
        )

    def _get_risks(self):
        """Return the SQL conditions of which each makes a customer listed."""
        return [
            SQL("metric.expected_order_date < %s", fields.Date.context_today(self)),
            SQL("%s >= %s", self._get_fall(), REVENUE_FALL),
            SQL("metric.churn_risk >= %s", HIGH_RISK),
        ]

    def _get_condition(self):
        return SQL("metric.order_count > 0 AND (%s)", SQL(" OR ").join(self._get_risks()))

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_schedule_activity(self):
        """Open the form that plans the next step with these customers."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan the Next Step"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "active_model": "res.partner",
                "active_id": self.partner_id[:1].id,
                "active_ids": self.partner_id.ids,
            },
        }

    def action_log_call(self):
        """Open the small form that logs a call with this customer."""
        self.ensure_one()
        return self.partner_id.action_log_interaction()

    def action_create_opportunity(self):
        """Open a new opportunity with this customer; nothing is saved yet."""
        self.ensure_one()
        name = self.env._("Win back %(customer)s", customer=self.partner_id.name)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "crm.lead",
            "view_mode": "form",
            "context": {
                "default_type": "opportunity",
                "default_name": name,
                "default_partner_id": self.partner_id.id,
                "default_user_id": (self.user_id or self.env.user).id,
                "default_description": str(Markup("<br/>").join(self.reasons.splitlines())),
            },
        }

    def action_create_segment(self):
        """Make a segment of these customers, a fixed list, and open it.

        :raise UserError: when the rows are gone
        """
        if not self.partner_id:
            raise UserError(self.env._("Choose the customers that belong into the segment."))
        segment = self.env["crm.segment"].create(
            {
                "name": self.env._(
                    "Customers at risk, %(date)s",
                    date=format_date(self.env, fields.Date.context_today(self)),
                ),
                "kind": "fixed",
                "partner_ids": [Command.set(self.partner_id.ids)],
            }
        )
        return segment.get_formview_action()

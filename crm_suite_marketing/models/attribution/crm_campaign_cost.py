from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib.attribution import split

MOST_DAYS = 3 * 366
# what decides how much falls on which day
SPREAD = {"amount", "company_id", "currency_id", "date_from", "date_to"}


class CrmCampaignCost(models.Model):
    """What a campaign or a channel costs, on a day or spread over the days of a period."""

    _name = "crm.campaign.cost"
    _description = "Campaign Cost"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char("Description", required=True)
    campaign_id = fields.Many2one(
        "utm.campaign",
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: a cost of the channel, such as the fee of an advertising agency.",
    )
    medium_id = fields.Many2one(
        "utm.medium",
        string="Channel",
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: a cost of the campaign as a whole, such as its design.",
    )
    date_from = fields.Date(
        string="Date", required=True, default=fields.Date.context_today, index=True
    )
    date_to = fields.Date(
        string="Until",
        help="The last day of the period over which the amount is spread. Empty: one day only.",
    )
    amount = fields.Monetary(required=True, help="Without taxes. Below zero: a credit.")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the Company"
    )
    company_amount = fields.Monetary(
        "Amount in Company Currency",
        compute="_compute_company_amount",
        store=True,
        currency_field="company_currency_id",
        help="At the rate of the first day.",
    )
    note = fields.Text()
    bill_line_id = fields.Many2one(
        "account.move.line",
        string="Vendor Bill Line",
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
        domain="[('parent_state', '=', 'posted'), ('move_type', 'in', ('in_invoice', 'in_refund')),"
        " ('display_type', '=', 'product')]",
        groups="account.group_account_invoice",
        help="The amount, the date and the currency are taken from it.",
    )
    day_ids = fields.One2many("crm.campaign.cost.day", "cost_id", string="Days", readonly=True)

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The period ends before it begins.",
    )

    @api.depends("day_ids.amount")
    def _compute_company_amount(self):
        for cost in self:
            cost.company_amount = sum(cost.day_ids.mapped("amount"))

    @api.constrains("campaign_id", "medium_id")
    def _check_target(self):
        if any(not cost.campaign_id and not cost.medium_id for cost in self):
            raise ValidationError(
                self.env._("Say which campaign or which channel the cost is for.")
            )

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        if any(cost._count_days() > MOST_DAYS for cost in self):
            raise ValidationError(self.env._("A cost is spread over three years at most."))

    @api.onchange("bill_line_id")
    def _onchange_bill_line_id(self):
        line = self.bill_line_id
        if line:
            self.amount = line.price_subtotal * (-1 if line.move_type == "in_refund" else 1)
            self.currency_id = line.currency_id
            self.company_id = line.company_id
            self.date_from = line.move_id.invoice_date or line.date
            self.name = self.name or line.name or line.move_id.display_name

    @api.model_create_multi
    def create(self, vals_list):
        costs = super().create(vals_list)
        costs._spread()
        return costs

    def write(self, vals):
        result = super().write(vals)
        if SPREAD & set(vals):
            self._spread()
        return result

    # ------------------------------------------------------------------
    # Days
    # ------------------------------------------------------------------

    def _count_days(self):
        self.ensure_one()
        return ((self.date_to or self.date_from) - self.date_from).days + 1

    def _spread(self):
        """Write how much falls on each day, in the currency of the company: nothing is lost."""
        # the database checks the order of the dates before anything is spread over them
        self.flush_recordset()
        # sudo: days are written with their cost alone, whose rights have been checked
        Day = self.env["crm.campaign.cost.day"].sudo()
        Day.search([("cost_id", "in", self.ids)]).unlink()
        rows = []
        for cost in self:
            currency = cost.company_id.currency_id
            amount = cost.currency_id._convert(
                cost.amount, currency, cost.company_id, cost.date_from
            )
            # not every currency has coins for its last digit
            units = round(amount / currency.rounding)
            number = cost._count_days()
            rows.extend(
                {
                    "cost_id": cost.id,
                    "date": cost.date_from + timedelta(days=day),
                    "amount": currency.round(share * currency.rounding),
                }
                for day, share in enumerate(split(units, [1] * number))
            )
        Day.create(rows)

    def action_view_performance(self):
        """Open what the campaign, or the channel, brought."""
        self.ensure_one()
        field, record = (
            ("campaign_id", self.campaign_id) if self.campaign_id else ("medium_id", self.medium_id)
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_campaign_performance_action"
        )
        return {
            **action,
            "name": record.display_name,
            "display_name": record.display_name,
            "domain": list(Domain(field, "=", record.id)),
        }

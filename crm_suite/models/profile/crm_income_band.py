from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmIncomeBand(models.Model):
    """A range of what people earn in a month, as far as they told."""

    _name = "crm.income.band"
    _description = "Income Band"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    # no default amounts: what is little and much differs between countries and currencies
    income_from = fields.Monetary(
        string="Monthly Income From", help="0 here and in “until”: a band without amounts."
    )
    income_until = fields.Monetary(string="Monthly Income Until", help="0: without limit.")

    _unique_name = models.UniqueIndex("(name)", "There is an income band of this name already.")

    @api.constrains("income_from", "income_until")
    def _check_range(self):
        for band in self:
            if band.income_from < 0 or 0 != band.income_until <= band.income_from:
                raise ValidationError(
                    self.env._("The income band “%(name)s” ends before it begins.", name=band.name)
                )

import math
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib import age

READERS = "sales_team.group_sale_salesman"
EARLIEST_BIRTH = date(1900, 1, 1)
# beyond every age and every year of a date
MOST_YEARS = 9999.0


class ResPartner(models.Model):
    _inherit = "res.partner"

    birthdate = fields.Date(
        string="Date of Birth", copy=False, index="btree_not_null", groups=READERS
    )
    age = fields.Integer(
        compute="_compute_age",
        search="_search_age",
        groups=READERS,
        help="Completed years. Who was born on 29 February grows older on the 28th in other years.",
    )

    @api.constrains("birthdate")
    def _check_birthdate(self):
        today = fields.Date.context_today(self)
        for partner in self:
            if partner.birthdate and not EARLIEST_BIRTH <= partner.birthdate <= today:
                raise ValidationError(
                    self.env._(
                        "The date of birth of %(name)s must not be in the future nor before 1900.",
                        name=partner.display_name,
                    )
                )

    @api.depends("birthdate")
    @api.depends_context("tz")
    def _compute_age(self):
        today = fields.Date.context_today(self)
        for partner in self:
            born = partner.birthdate
            # a form shows what is being typed before it is checked
            partner.age = born and max(age.completed_years(born, today), 0)

    def _search_age(self, operator, value):
        if operator == "in":
            return Domain.OR(self._get_age_domain(years) for years in value)
        if operator not in ("<", "<=", ">", ">="):
            return NotImplemented
        years = self._read_years(value)
        # older than 30 begins at 31, and so does older than 30.5
        years = math.floor(years) + 1 if operator in (">", "<=") else math.ceil(years)
        older = self._get_older_domain(years)
        if operator in (">", ">="):
            return older
        return Domain("birthdate", "!=", False) & ~older

    def _get_age_domain(self, years):
        """Return whom a value stands for: no known age (False), or an age in completed years."""
        if years is False or years is None:
            return Domain("birthdate", "=", False)
        years = self._read_years(years)
        if years % 1:
            return Domain.FALSE
        return self._get_older_domain(int(years)) & ~self._get_older_domain(int(years) + 1)

    def _get_older_domain(self, years):
        """Return who has completed so many whole years."""
        latest = age.latest_birth(max(years, 0), fields.Date.context_today(self))
        return Domain("birthdate", "<=", latest) if latest else Domain.FALSE

    def _read_years(self, value):
        try:
            years = float(value)
        except (TypeError, ValueError):
            years = math.nan
        if math.isnan(years):
            raise ValidationError(self.env._("An age is a number of years."))
        return min(max(years, -1.0), MOST_YEARS)

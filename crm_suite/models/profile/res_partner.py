import math
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain

from ...lib import age

READERS = "sales_team.group_sale_salesman"
EARLIEST_BIRTH = date(1900, 1, 1)
# beyond every age and every year of a date
MOST_YEARS = 9999.0
PREFERRED_CHANNELS = [
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("sms", "SMS"),
    ("whatsapp", "WhatsApp"),
    ("visit", "Visit"),
    ("post", "Letter"),
]
# as in resource.calendar.attendance
WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]
DAYTIMES = [
    ("morning", "Morning"),
    ("noon", "Around Noon"),
    ("afternoon", "Afternoon"),
    ("evening", "Evening"),
]
ACQUISITION = {
    "source_id": "acquisition_source_id",
    "medium_id": "acquisition_medium_id",
    "campaign_id": "acquisition_campaign_id",
}


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

    income_band_id = fields.Many2one(
        "crm.income.band", copy=False, index="btree_not_null", ondelete="restrict", groups=READERS
    )
    customer_type_id = fields.Many2one(
        "crm.customer.type",
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="What kind of customer it is. Contacts are of the kind of their company.",
    )
    acquisition_source_id = fields.Many2one(
        "utm.source",
        string="Acquired through",
        copy=False,
        index="btree_not_null",
        groups=READERS,
        help="The source of the first lead of this customer, or what you choose.",
    )
    acquisition_medium_id = fields.Many2one(
        "utm.medium",
        copy=False,
        index="btree_not_null",
        groups=READERS,
    )
    acquisition_campaign_id = fields.Many2one(
        "utm.campaign",
        copy=False,
        index="btree_not_null",
        groups=READERS,
    )
    preferred_channel = fields.Selection(
        PREFERRED_CHANNELS, copy=False, groups=READERS, help="How the contact likes to be reached."
    )
    preferred_weekday = fields.Selection(WEEKDAYS, copy=False, groups=READERS)
    preferred_daytime = fields.Selection(
        DAYTIMES, string="Preferred Time of Day", copy=False, groups=READERS
    )
    disturbance_note = fields.Char(
        string="Do Not Disturb",
        copy=False,
        groups=READERS,
        help="When or how not to get in touch, as “no calls during prayer times”.",
    )
    interest_ids = fields.Many2many(
        "crm.interest",
        "crm_interest_partner_rel",
        "partner_id",
        "interest_id",
        string="Interests",
        copy=False,
        groups=READERS,
    )
    left_relation_ids = fields.One2many("crm.partner.relation", "left_id", groups=READERS)
    right_relation_ids = fields.One2many("crm.partner.relation", "right_id", groups=READERS)
    relation_ids = fields.Many2many(
        "crm.partner.relation",
        string="Relations",
        compute="_compute_relation_ids",
        search="_search_relation_ids",
        groups=READERS,
        help="With other customers, from either side.",
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

    def _compute_relation_ids(self):
        relations = self.env["crm.partner.relation"].search(
            ["|", ("left_id", "in", self.ids), ("right_id", "in", self.ids)]
        )
        found = {}
        # those in force first
        for relation in relations.sorted("is_current", reverse=True):
            for partner in relation.left_id | relation.right_id:
                found.setdefault(partner.id, []).append(relation.id)
        for partner in self:
            partner.relation_ids = found.get(partner._origin.id, [])

    def _search_relation_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        sides = "left_relation_ids", "right_relation_ids"
        if operator != "in" or False not in value:
            return Domain.OR(Domain(side, operator, value) for side in sides)
        unrelated = Domain.AND(Domain(side, "=", False) for side in sides)
        related = [one for one in value if one]
        return unrelated | self._search_relation_ids("in", related) if related else unrelated

    def action_add_relation(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add a Relation"),
            "res_model": "crm.partner.relation",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_left_id": self.id},
        }

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "customer_type_id"]

    def _take_over(self, lead):
        """Learn from a lead what it knows of the contact who becomes a customer."""
        self.ensure_one()
        # sudo: whoever converts a lead need not be allowed to change its contact
        contact = self.sudo()
        customer = contact.commercial_partner_id
        if not any(customer[name] for name in ACQUISITION.values()):
            known = {name: lead[field].id for field, name in ACQUISITION.items() if lead[field]}
            if known:
                (customer | contact).write(known)
        missing = lead.interest_ids - contact.interest_ids
        if missing:
            contact.interest_ids = [Command.link(interest.id) for interest in missing]

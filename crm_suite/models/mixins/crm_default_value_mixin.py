import math
from datetime import datetime

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import html_sanitize

SETTABLE_TYPES = frozenset(
    ["boolean", "char", "date", "datetime", "float", "html", "integer", "many2many", "many2one"]
    + ["monetary", "selection", "text"]
)
# What belongs to the system: to which company or customer a record belongs, who reaches it from
# outside, what it went through.
SYSTEM_FIELDS = frozenset(
    [*models.MAGIC_COLUMNS, "active", "company_id", "company_ids", "form_rule_flag", "parent_path"]
    + ["move_type", "prepayment_percent", "require_payment", "require_signature", "state"]
    + ["access_token", "is_published", "signature", "signed_by", "signed_on"]
    + ["email", "email_cc", "email_from", "parent_id", "partner_id", "partner_invoice_id"]
    + ["partner_shipping_id"]
)
SYSTEM_MIXINS = (
    "mail.activity.mixin",
    "mail.thread",
    "mail.thread.blacklist",
    "mail.tracking.duration.mixin",
    "portal.mixin",
    "rating.mixin",
)
# Records that decide who may do what, or what the system does
FORBIDDEN_COMODELS = ("base.", "bus.", "fetchmail.", "ir.", "mail.", "payment.", "res.company")
FORBIDDEN_COMODELS += ("res.groups", "res.partner.bank", "res.users.")
SOURCES = {
    "constant": SETTABLE_TYPES,
    "today": frozenset(["date", "datetime"]),
    "user": frozenset(["many2many", "many2one"]),
}
LONGEST_TEXT = 10_000
MOST_RECORDS = 100
MOST_DAYS = 36_500
LARGEST_INTEGER = 2**31 - 1
LARGEST_NUMBER = 10**15
FIRST_YEAR = 1900


class CrmDefaultValueMixin(models.AbstractModel):
    """Which fields may have a default value, and which values fit a field."""

    _name = "crm.default.value.mixin"
    _description = "Values of Fields"

    @api.model
    def _is_allowed_field(self, field):
        """Return whether configurators may decide the first value of a field."""
        if field is None or field.name in SYSTEM_FIELDS or field.name.startswith("website_"):
            return False
        if any(field.name in self.env[name]._fields for name in SYSTEM_MIXINS if name in self.env):
            return False
        comodel = field.comodel_name or ""
        return (
            field.type in SETTABLE_TYPES
            and bool(field.store)
            and not (field.readonly or field.groups or field.related or field.inherited)
            and not field.company_dependent
            and not comodel.startswith(FORBIDDEN_COMODELS)
        )

    @api.model
    def _read_value(self, field, value, company):
        """Return a value as `default_get` gives it.

        :param field: the field of the ORM
        :param value: what JSON can hold: text, number, boolean, id, list of ids
        :param company: `res.company` record for which alone it is meant, or empty
        :raise ValidationError: when the value does not fit
        """
        if field.type in ("many2many", "many2one"):
            return self._read_records(field, value, company)
        if field.type == "selection":
            return self._read_option(field, value)
        # nothing is how a column for JSON keeps "no" and zero
        if field.type == "boolean":
            if value is None or isinstance(value, bool):
                return bool(value)
        elif field.type in ("float", "integer", "monetary"):
            if self._is_number(field, value or 0):
                return value or 0
        elif field.type in ("date", "datetime"):
            return self._read_moment(field, value)
        elif isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT:
            return self._read_text(field, value)
        raise self._get_refusal(field)

    @api.model
    def _get_refusal(self, field):
        return ValidationError(
            self.env._("this value does not fit “%(field)s”.", field=self._get_label(field))
        )

    @api.model
    def _get_label(self, field):
        return field.get_description(self.env, ["string"])["string"]

    @api.model
    def _is_number(self, field, value):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if field.type == "integer":
            return isinstance(value, int) and abs(value) <= LARGEST_INTEGER
        return math.isfinite(value) and abs(value) <= LARGEST_NUMBER

    @api.model
    def _read_text(self, field, value):
        if field.type == "html":
            # cleaned as the field does: what was written by hand is not trusted
            return str(html_sanitize(value))
        size = getattr(field, "size", None)
        if field.type == "char" and ("\n" in value or (size and len(value) > size)):
            raise self._get_refusal(field)
        return value

    @api.model
    def _read_option(self, field, value):
        model = self.env[field.model_name]
        if isinstance(value, str) and value in field.get_values(model.env):
            return value
        raise ValidationError(
            self.env._(
                "“%(value)s” is no option of “%(field)s”.",
                value=value,
                field=self._get_label(field),
            )
        )

    @api.model
    def _read_moment(self, field, value):
        pattern = "%Y-%m-%d" if field.type == "date" else "%Y-%m-%d %H:%M:%S"
        try:
            moment = datetime.strptime(value, pattern)
        except (TypeError, ValueError) as error:
            raise self._get_refusal(field) from error
        if moment.year < FIRST_YEAR:
            raise self._get_refusal(field)
        return moment.strftime(pattern)

    @api.model
    def _read_records(self, field, value, company):
        ids = [value] if field.type == "many2one" else value
        if (
            not isinstance(ids, list)
            or not 0 < len(ids) <= MOST_RECORDS
            or any(not isinstance(each, int) or isinstance(each, bool) for each in ids)
        ):
            raise self._get_refusal(field)
        # sudo: defaults are given to people who may not read the records; who enters them may
        records = self.env[field.comodel_name].sudo().browse(ids).exists()
        if len(records) != len(set(ids)) or (
            "active" in records and not all(records.mapped("active"))
        ):
            raise ValidationError(
                self.env._(
                    "a record chosen for “%(field)s” no longer exists.",
                    field=self._get_label(field),
                )
            )
        self._check_company_of_records(field, records, company)
        return ids[0] if field.type == "many2one" else ids

    @api.model
    def _check_company_of_records(self, field, records, company):
        """Refuse people from outside, and records of a company for everybody."""
        if records._name == "res.users":
            if any(user.share for user in records):
                raise self._get_refusal(field)
            foreign = records.filtered(lambda user: company and company not in user.company_ids)
        elif "company_id" in records:
            foreign = records.filtered(
                lambda record: record.company_id and record.company_id != company
            )
        else:
            return
        if foreign:
            # who asks has the name from where he has the record
            record = foreign[0].sudo(False)
            raise ValidationError(
                self.env._(
                    "“%(record)s” does not belong to the company of this default. Choose its"
                    " company above.",
                    record=record.display_name if record.has_access("read") else f"#{record.id}",
                )
            )

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.models import MAGIC_COLUMNS

# Measured, not entered: only the system writes these after a ticket was created. A manager may
# bring them along for tickets that were handled elsewhere, and their numbers.
MEASURED_FIELDS = {
    "opened_at",
    "closed_at",
    "first_response_at",
    "last_customer_message_at",
    "last_agent_message_at",
}
# What happened before was no ticket, and its seconds are more than a column holds
EARLIEST_YEAR = 1980
IMPORTED_FIELDS = MEASURED_FIELDS | {"number"}


class CrmTicket(models.Model):
    """Service levels are worth what the facts are worth that they are computed from."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        facts = self._get_fact_fields()
        return super().create([self._prepare_facts(vals, facts) for vals in vals_list])

    def write(self, vals):
        if not self.env.su and self._get_fact_fields() & vals.keys():
            self._refuse_facts()
        return super().write(vals)

    def _add_missing_default_values(self, values):
        complete = super()._add_missing_default_values(values)
        if not self.env.su:
            # Defaults come from the context, which whoever calls from outside may choose
            for name in self._get_fact_fields() - values.keys():
                complete.pop(name, None)
        return complete

    # ------------------------------------------------------------------ business

    @api.model
    def _get_fact_fields(self):
        """Names of the stored fields that follow from what happened; nobody enters them."""
        computed = {
            name
            for name, field in self._fields.items()
            if field.store and field.readonly and name not in MAGIC_COLUMNS
        }
        # The token opens the page of the ticket to everybody who knows it
        return computed | IMPORTED_FIELDS | {"access_token"}

    @api.model
    def _prepare_facts(self, vals, facts):
        """Values of a new ticket with its facts checked.

        Nothing was measured in the future, nor before the ticket was opened.

        :param facts: names of the fields that nobody enters
        :raise AccessError: when the user brings along facts and may not
        :raise ValidationError: when a time is none
        """
        if not self.env.su:
            is_manager = self.env.user.has_group("crm_suite_helpdesk.group_manager")
            refused = facts - IMPORTED_FIELDS if is_manager else facts
            if any(vals.get(name) for name in refused):
                self._refuse_facts()
            vals = {name: value for name, value in vals.items() if name not in refused}
        now = self._now()
        opened_at = self._parse_time("opened_at", vals.get("opened_at", now))
        if not opened_at:
            raise ValidationError(self.env._("A ticket needs the time when it was opened."))
        vals = {**vals, "opened_at": min(opened_at, now)}
        for name in MEASURED_FIELDS - {"opened_at"}:
            if moment := self._parse_time(name, vals.get(name)):
                vals[name] = max(vals["opened_at"], min(moment, now))
        return vals

    @api.model
    def _refuse_facts(self):
        raise AccessError(self.env._("The times of a ticket are measured; they cannot be entered."))

    @api.model
    def _parse_time(self, name, value):
        try:
            moment = fields.Datetime.to_datetime(value or False)
            if moment and moment.year < EARLIEST_YEAR:
                raise ValueError(value)
        except (ValueError, TypeError, AttributeError) as error:
            raise ValidationError(
                self.env._(
                    "%(field)s: %(value)s is not a time.",
                    field=self._fields[name].get_description(self.env, ["string"])["string"],
                    value=value,
                )
            ) from error
        return moment and moment.replace(microsecond=0)

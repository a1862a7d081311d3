from odoo import models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib.filter_limits import MAX_CONDITIONS, MAX_DEPTH, MAX_PATH, find_excess, is_too_long
from ...lib.filter_text import parse_conditions

EXAMPLE = "[('city', '=', 'Riyadh'), ('create_date', '>', '-30d')]"


class CrmSegmentFilterMixin(models.AbstractModel):
    """The filter of a segment: a literal, never code; of limited size; on fields one may read."""

    _name = "crm.segment.filter.mixin"
    _description = "Filter of a Segment"

    def _check_characters(self, vals):
        """Refuse a filter that the database could not even store, or that nobody has typed."""
        text = str(vals.get("domain") or "")
        if "\0" in text or text != text.encode("utf-8", "replace").decode():
            raise ValidationError(
                self.env._("The filter holds characters that are no text. Type it again.")
            )
        if is_too_long(text):
            raise ValidationError(
                self.env._(
                    "The filter is too long. Keep a fixed list instead, or put tags on the "
                    "contacts and filter by these."
                )
            )

    def _parse_domain(self):
        """The filter as a domain.

        :raise ValidationError: when the text is not a list of conditions, or a monstrous one
        """
        self.ensure_one()
        self._check_characters({"domain": self.domain})
        try:
            conditions = parse_conditions(self.domain)
            excess = find_excess(conditions)
            if not excess:
                return Domain(conditions)
        except (ValueError, TypeError, RecursionError) as error:
            raise ValidationError(
                self.env._(
                    "The filter of the segment “%(segment)s” cannot be read. It is a list of "
                    "conditions with plain values, such as %(example)s. %(reason)s",
                    segment=self.name or self.env._("New"),
                    example=EXAMPLE,
                    reason=error,
                )
            ) from error
        raise ValidationError(self._describe_excess(excess))

    def _describe_excess(self, excess):
        return {
            "conditions": self.env._(
                "The filter of the segment “%(segment)s” has more than %(limit)s conditions. "
                "Divide it into several segments and put these together.",
                segment=self.name,
                limit=MAX_CONDITIONS,
            ),
            "depth": self.env._(
                "The filter of the segment “%(segment)s” has conditions within conditions, more "
                "than %(limit)s deep. Make it simpler.",
                segment=self.name,
                limit=MAX_DEPTH,
            ),
            "path": self.env._(
                "The filter of the segment “%(segment)s” goes from record to record more than "
                "%(limit)s times in one condition. Make it simpler.",
                segment=self.name,
                limit=MAX_PATH,
            ),
        }[excess]

    def _check_fields(self, domain, model):
        """Refuse fields that may not be read, wherever they stand in a filter.

        Odoo asks for the right to a field when its column is searched, not when a search method
        answers instead, as that of what a customer owes does.

        :param model: empty recordset of whoever's rights decide
        :raise AccessError: for a field that he may not read
        :raise ValueError: for a value that Odoo would log, and then let everybody in
        """
        waiting = [(domain, model)]
        while waiting:
            conditions, start = waiting.pop()
            for condition in conditions.iter_conditions():
                comodel, field = start, None
                for name in condition.field_expr.split("."):
                    field = comodel._fields.get(name)
                    if field is None:
                        break
                    comodel._check_field_access(field, "read")
                    if not field.relational:
                        break
                    comodel = comodel.env[field.comodel_name]
                if field is not None and field.type == "binary":
                    self._check_binary(condition)
                if condition.operator in ("any", "not any"):
                    waiting.append((Domain(condition.value), comodel))

    def _check_binary(self, condition):
        value = condition.value
        if condition.operator not in ("=", "!=", "in", "not in") or value not in (False, [False]):
            raise ValueError(
                self.env._(
                    "“%(field)s” is a file: a filter can only ask whether there is one.",
                    field=condition.field_expr,
                )
            )

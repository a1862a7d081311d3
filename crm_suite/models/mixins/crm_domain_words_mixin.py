import re

from odoo import api, models
from odoo.tools import format_date, format_datetime

RELATIVE_DAYS = re.compile(r"today ([+-])(\d+)d")
SHOWN_VALUES = 5
# Context key under which words are made for readers who are not known yet, as in a history: the
# names of records that not everybody may read are left out
NAMELESS = "crm_nameless"


class CrmDomainWordsMixin(models.AbstractModel):
    """Conditions in words, as a newcomer reads them: "Stage is Proposition"."""

    _name = "crm.domain.words.mixin"
    _description = "Conditions in Words"

    @api.model
    def _describe_domain(self, model_name, criteria):
        """Return the words of a condition in the language of the user; empty without criteria.

        :param criteria: a domain as a list, as `lib/domain_compiler` accepts it
        """
        stack = []
        for token in reversed(criteria):
            if token == "!":
                stack.append((self.env._("not (%(condition)s)", condition=stack.pop()[0]), True))
            elif token in ("&", "|"):
                parts = [stack.pop(), stack.pop()]
                stack.append((self._join_conditions(token, parts), token == "&"))
            else:
                stack.append((self._describe_criterion(model_name, *token), True))
        stack.reverse()
        return self._join_conditions("&", stack) if stack else ""

    @api.model
    def _join_conditions(self, connector, parts):
        if len(parts) == 1:
            return parts[0][0]
        if connector == "|":
            words = [text for text, _is_firm in parts]
            return self.env._("%(first)s or %(second)s", first=words[0], second=words[1])
        words = [text if is_firm else f"({text})" for text, is_firm in parts]
        sentence = words[0]
        for word in words[1:]:
            sentence = self.env._("%(first)s and %(second)s", first=sentence, second=word)
        return sentence

    @api.model
    def _describe_criterion(self, model_name, name, operator, value):
        field = self.env[model_name]._fields.get(name) if model_name in self.env else None
        if field is None:
            return f"{name} {operator} {value}"
        label = field.get_description(self.env, ["string"])["string"]
        if field.type == "boolean":
            is_true = bool(value if not isinstance(value, (list, tuple)) else True in value)
            if is_true == (operator in ("=", "in")):
                return self.env._("%(field)s is checked", field=label)
            return self.env._("%(field)s is not checked", field=label)
        values = list(value) if isinstance(value, (list, tuple, set)) else [value]
        if not values and operator in ("in", "not in"):
            return f"{label} …"
        if operator in ("=", "in") and (not values or values == [False]):
            return self.env._("%(field)s is not set", field=label)
        if operator in ("!=", "not in") and (not values or values == [False]):
            return self.env._("%(field)s is set", field=label)
        words = self._describe_values(field, values)
        sentences = {
            "=": self.env._("%(field)s is %(value)s", field=label, value=words),
            "in": self.env._("%(field)s is %(value)s", field=label, value=words),
            "!=": self.env._("%(field)s is not %(value)s", field=label, value=words),
            "not in": self.env._("%(field)s is not %(value)s", field=label, value=words),
            "<": self.env._("%(field)s is less than %(value)s", field=label, value=words),
            "<=": self.env._("%(field)s is at most %(value)s", field=label, value=words),
            ">": self.env._("%(field)s is more than %(value)s", field=label, value=words),
            ">=": self.env._("%(field)s is at least %(value)s", field=label, value=words),
        }
        if field.type in ("date", "datetime"):
            sentences |= {
                "<": self.env._("%(field)s is before %(value)s", field=label, value=words),
                "<=": self.env._("%(field)s is not after %(value)s", field=label, value=words),
                ">": self.env._("%(field)s is after %(value)s", field=label, value=words),
                ">=": self.env._("%(field)s is not before %(value)s", field=label, value=words),
            }
        return sentences.get(operator, f"{label} {operator} {words}")

    @api.model
    def _describe_values(self, field, values):
        """Return values of a field as people know them: labels of options, names of records."""
        shown = [self._describe_value(field, value) for value in values[:SHOWN_VALUES]]
        if len(values) > SHOWN_VALUES:
            shown.append("…")
        if len(shown) < 2:
            return "".join(shown)
        return self.env._(
            "%(values)s or %(last)s", values=self.env._(", ").join(shown[:-1]), last=shown[-1]
        )

    @api.model
    def _describe_value(self, field, value):
        if value is False or value is None:
            return self.env._("nothing")
        if field.type == "selection":
            labels = dict(field.get_description(self.env, ["selection"])["selection"])
            return str(labels.get(value, value))
        if field.relational:
            # with the rights of the reader: a rule does not tell the names of hidden records
            return self._describe_record(field.comodel_name, value)
        if field.type in ("date", "datetime") and isinstance(value, str):
            return self._describe_date(field, value)
        if isinstance(value, bool):
            return self.env._("yes") if value else self.env._("no")
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value)

    @api.model
    def _describe_record(self, model_name, record_id):
        """Return the name of a record with the rights of the person, also where messages are
        made as superuser. Set-up, as stages, is no secret there.
        """
        if type(record_id) is not int:
            return str(record_id)
        record = self.env[model_name].browse(record_id).exists()
        if model_name not in self.env["crm.form.default"]._get_set_up_models():
            if self.env.context.get(NAMELESS):
                return f"#{record_id}"
            record = record.sudo(False)
        return record.display_name if record and record.has_access("read") else f"#{record_id}"

    @api.model
    def _describe_date(self, field, value):
        if value == "today":
            return self.env._("today")
        if value == "now":
            return self.env._("now")
        if match := RELATIVE_DAYS.fullmatch(value):
            if match[1] == "+":
                return self.env._("today plus %(days)s days", days=match[2])
            return self.env._("today minus %(days)s days", days=match[2])
        try:
            if field.type == "date":
                return format_date(self.env, value)
            return format_datetime(self.env, value)
        except ValueError:
            return value

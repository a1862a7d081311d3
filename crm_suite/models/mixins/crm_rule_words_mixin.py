from odoo import models
from odoo.exceptions import ValidationError


class CrmRuleWordsMixin(models.AbstractModel):
    """Rules of forms in one sentence, and what people read when they break one."""

    _name = "crm.rule.words.mixin"
    _inherit = ["crm.domain.words.mixin"]
    _description = "Form Rules in Words"

    def _describe(self):
        """Return the rule in one sentence, in the language of the user."""
        self.ensure_one()
        if not self.model_id:
            return ""
        sentence = self._describe_behavior()
        try:
            criteria = self._parse_criteria(self.condition_domain)
            condition = self._describe_domain(self.model_name, criteria)
        except (ValidationError, ValueError, IndexError, KeyError, TypeError):
            condition = self.env._("(a condition that cannot be read)")
        if condition:
            sentence = self.env._("%(what)s when %(condition)s", what=sentence, condition=condition)
        limits = self._describe_limits()
        if not limits:
            return sentence
        return self.env._(
            "%(sentence)s (%(limits)s)", sentence=sentence, limits=self.env._(", ").join(limits)
        )

    def _describe_targets(self):
        # sudo: the labels of fields are no secret, and names of fields are read from the model
        names = self.target_field_ids.sudo().mapped("name")
        model = self.env.get(self.model_name)
        known = [name for name in names if model is not None and name in model._fields]
        labels = [
            model._fields[name].get_description(self.env, ["string"])["string"] for name in known
        ]
        labels += [name for name in names if name not in known]
        if len(labels) < 2:
            return "".join(labels) or "…"
        return self.env._(
            "%(fields)s and %(last)s", fields=self.env._(", ").join(labels[:-1]), last=labels[-1]
        )

    def _describe_behavior(self):
        targets = self._describe_targets()
        is_always = self.condition_domain in (False, "", "[]")
        behaviors = {
            "required": self.env._("%(fields)s is required", fields=targets),
            "readonly": self.env._("%(fields)s cannot be changed", fields=targets),
            "invisible": self.env._("%(fields)s is hidden", fields=targets),
            "warning": self.env._("“%(message)s” is shown", message=self.message or "…"),
        }
        if self.kind == "required" and is_always:
            return self.env._("%(fields)s is always required", fields=targets)
        if self.kind == "limit":
            return self._describe_limit(targets)
        if self.kind == "value":
            return self.env._(
                "%(field)s becomes %(value)s", field=targets, value=self._describe_set_value()
            )
        if self.kind == "block":
            return {
                "result": self.env._("Saving is refused"),
                "locked": self.env._("Every change is refused"),
                "delete": self.env._("Deleting is refused"),
            }[self.block_moment or "result"]
        return behaviors[self.kind]

    def _get_target_field(self):
        model = self.env.get(self.model_name)
        return None if model is None else model._fields.get(self.target_field_ids[:1].name)

    def _describe_limit(self, targets):
        field = self._get_target_field()
        if self.limit_by == "domain":
            try:
                criteria = self._parse_criteria(self.allowed_domain)
                options = self._describe_domain(field.comodel_name, criteria)
            except (ValidationError, ValueError, IndexError, KeyError, TypeError, AttributeError):
                options = ""
            return self.env._(
                "%(field)s offers only what matches: %(options)s",
                field=targets,
                options=options or "…",
            )
        values = self.allowed_values if isinstance(self.allowed_values, list) else []
        try:
            options = self._describe_values(field, values) if field is not None else ""
        except (ValueError, TypeError, AttributeError):
            options = ""
        return self.env._(
            "%(field)s offers only %(options)s", field=targets, options=options or "…"
        )

    def _describe_set_value(self):
        field = self._get_target_field()
        if self.value_source in ("today", "now"):
            text = self.env._("today") if self.value_source == "today" else self.env._("now")
            if not self.value_days:
                return text
            return self.env._("%(day)s %(days)+d days", day=text, days=self.value_days)
        if self.value_source == "user":
            return self.env._("the current user")
        if self.value_source == "empty":
            return self.env._("empty")
        if field is None:
            return "…"
        if field.type == "boolean":
            return self.env._("checked") if self.value else self.env._("unchecked")
        values = self.value if isinstance(self.value, list) else [self.value]
        if values in ([None], [False]) and field.type not in ("integer", "float", "monetary"):
            return "…"
        try:
            return self._describe_values(field, values)
        except (ValueError, TypeError, AttributeError):
            return "…"

    def _describe_limits(self):
        """For whom and when the rule holds, where it does not hold for all."""
        limits = []
        if self.group_ids:
            # sudo: the names of groups are no secret to who shapes forms for them
            groups = self.env._(", ").join(self.group_ids.sudo()._get_full_names())
            if self.group_scope == "except":
                limits.append(self.env._("for everybody but %(groups)s", groups=groups))
            else:
                limits.append(self.env._("for %(groups)s", groups=groups))
        if self.apply_on == "create":
            limits.append(self.env._("new records"))
        elif self.apply_on == "write":
            limits.append(self.env._("existing records"))
        if self.company_id:
            limits.append(self.company_id.display_name)
        return limits

    def _get_notice(self):
        """Return what stands above a form as long as the condition of the rule holds."""
        self.ensure_one()
        return self.message or self._describe_reason()

    def _describe_reason(self):
        if self.kind == "block":
            return {
                "result": self.env._("This record cannot be saved as it is: %(rule)s"),
                "locked": self.env._("This record cannot be changed: %(rule)s"),
                "delete": self.env._("This record cannot be deleted: %(rule)s"),
            }[self.block_moment] % {"rule": self.display_name}
        return self.display_name

    def _get_violation_message(self, missing=()):
        """Return what a user reads when records do not follow this rule.

        :param missing: names of the empty fields
        """
        self.ensure_one()
        if self.message:
            return self.message
        if self.kind == "required":
            descriptions = self.env[self.model_name].fields_get(list(missing), ["string"])
            return self.env._(
                "Please fill in %(fields)s (rule “%(rule)s”).",
                fields=", ".join(descriptions[name]["string"] for name in missing),
                rule=self.display_name,
            )
        if self.kind in ("readonly", "limit"):
            return self.env._(
                "%(fields)s: this change is not allowed (rule “%(rule)s”).",
                fields=self._describe_targets(),
                rule=self.display_name,
            )
        return self._describe_reason()

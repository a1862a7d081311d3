import logging

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty

_logger = logging.getLogger(__name__)

# Who holds this object holds Python: it cannot be sent through RPC. The gateway uses it so that
# no rule ever loses an e-mail.
KEEP_INCOMPLETE = object()
SHOWN_RECORDS = 3


class CrmCustomizableMixin(models.AbstractModel):
    """What a model inherits so that configurators may shape its form without code.

    Inheriting is all that a model has to do: the rules of `crm.form.rule` are injected into its
    forms when they are served, and enforced when its records are created or written.
    Only models that inherit this can have rules, which makes the list of them a white list.

    Name the mixin first in `_inherit`, so that rules are applied after the view is complete:

        _inherit = ("crm.customizable.mixin", "crm.lead")
    """

    _name = "crm.customizable.mixin"
    _description = "Customizable without code"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_form_rules("create")
        return records

    def write(self, vals):
        result = super().write(vals)
        # here and not in _validate_fields, which stored computed fields call too: at any time, in
        # anybody's transaction, who could do nothing about what somebody else left empty
        self._check_form_rules("write", self._get_touched_fields(vals))
        return result

    def _get_touched_fields(self, names):
        """The fields of this model that change, or may change, when `names` are written."""
        touched = set(names)
        for name in names:
            touched.update(
                field.name
                for field in self.pool.get_dependent_fields(self._fields[name])
                if field.model_name == self._name
            )
        return touched

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        keeper = self.with_context(crm_form_rules=KEEP_INCOMPLETE)
        record = super(CrmCustomizableMixin, keeper).message_new(msg_dict, custom_values)
        record = record.with_context(crm_form_rules=None)
        messages = [message for message, _broken in record._get_form_rule_violations("create")]
        if messages:
            record.message_post(
                body=self.env._(
                    "This e-mail left required fields empty: %(messages)s",
                    messages=" ".join(messages),
                ),
                subtype_xmlid="mail.mt_note",
            )
        return record

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        if view_type != "form":
            return key
        return key + (tuple(rule.id for rule in self._get_form_rules()),)

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if arch.tag == "form":
            for rule in self._get_form_rules():
                try:
                    self._apply_form_rule(arch, rule)
                except Exception:
                    # a form without a rule is better than no form
                    _logger.exception("Form rule %s does not fit %s", rule.id, self._name)
        return arch, view

    @api.model
    def _get_form_rules(self):
        return self.env["crm.form.rule"]._get_rules(self._name)

    @api.model
    def _apply_form_rule(self, arch, rule):
        """Make the targets of a rule required in a form.

        A field may be in a form several times, and the client wants a value only when every one
        of its nodes does, so all nodes are changed; those of embedded lists and forms belong to
        other records.
        """
        expression = rule.expression
        if rule.apply_on != "both":
            saved = "id" if rule.apply_on == "write" else "not id"
            expression = f"{saved} and {expression}"
        for node in arch.iter("field"):
            is_embedded = next(node.iterancestors("field"), None) is not None
            if node.get("name") in rule.targets and not is_embedded:
                required = node.get("required")
                node.set("required", f"({required}) or ({expression})" if required else expression)

    def _check_form_rules(self, moment, field_names=None):
        """Raise when a record breaks a rule that is enforced on the server.

        :param moment: `create` or `write`
        :param field_names: fields that changed; rules that read none of them are not checked
        :raise ValidationError: with the messages of the rules and the first records
        """
        if not self or self.env.context.get("crm_form_rules") is KEEP_INCOMPLETE:
            return
        messages = [
            self.env._(
                "%(message)s (%(records)s)",
                message=message,
                records=", ".join(broken[:SHOWN_RECORDS].mapped("display_name")),
            )
            if len(self) > 1
            else message
            for message, broken in self._get_form_rule_violations(moment, field_names)
        ]
        if messages:
            raise ValidationError("\n".join(messages))

    def _get_form_rule_violations(self, moment, field_names=None):
        """Return the message and the records of each rule that these records break."""
        violations = []
        for rule in self._get_form_rules():
            if (
                not rule.on_server
                or rule.apply_on not in ("both", moment)
                or (field_names is not None and rule.inputs.isdisjoint(field_names))
            ):
                continue
            # sudo: what a rule reads does not depend on what the writer may read
            matching = self.sudo().filtered_domain(rule.condition)
            missing = {
                name: records
                for name in rule.targets
                if (records := matching.filtered(lambda record: record._is_unset(name)))  # noqa: B023
            }
            if missing:
                # sudo: only configurators may read rules, everybody may read their messages
                message = (
                    self.env["crm.form.rule"]
                    .sudo()
                    .browse(rule.id)
                    ._get_violation_message(list(missing))
                )
                violations.append((message, self.browse().union(*missing.values())))
        return violations

    def _is_unset(self, name):
        """Return whether a field counts as empty, as a form judges it."""
        value = self[name]
        if self._fields[name].type == "html":
            return is_html_empty(value)
        return not value.strip() if isinstance(value, str) else not value

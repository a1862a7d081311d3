import ast
import json
import logging
import re
from ast import literal_eval

from lxml import etree

from odoo import api, models

_logger = logging.getLogger(__name__)

MODIFIERS = {"required": "required", "readonly": "readonly", "invisible": "invisible"}
# Widgets of selections for which there is one that leaves options out
LIMITED_WIDGETS = {
    None: "crm_limited_selection",
    "selection": "crm_limited_selection",
    "radio": "crm_limited_radio",
    "badge": "badge",
}
MESSAGES = "crm_rule_messages"
CONDITIONALS = re.compile(r"\b(?:if|lambda)\b")
STYLES = {"info": "alert-info", "warning": "alert-warning", "danger": "alert-danger"}


class CrmRuleViewMixin(models.AbstractModel):
    """What the rules of forms change in the views that are served."""

    _name = "crm.rule.view.mixin"
    _description = "Form Rules in Views"

    @api.model
    def _get_view_key(self, model_name, view_type):
        if view_type not in ("form", "list"):
            return ()
        return tuple(rule.id for rule in self._get_rules(model_name))

    @api.model
    def _apply_to_view(self, model_name, arch, view, view_type):
        if view_type == "search" and arch.tag == "search":
            self._add_flag_filter(model_name, arch)
        if arch.tag == "list" and (arch.get("editable") or arch.get("multi_edit")):
            self._apply_to_list(model_name, arch)
        if arch.tag != "form":
            return
        rules = self._get_rules(model_name)
        if not rules:
            return
        messages = self._get_own_messages(rules)
        # the notices of the first rule are read first
        for rule in reversed(rules):
            try:
                self._apply_form_rule(model_name, arch, rule, messages.get(rule.id))
            except Exception:
                # A form without a rule is better than no form
                _logger.exception("Form rule %s does not fit %s", rule.id, model_name)
        if any(rule.on_server and rule.kind in ("required", "limit", "block") for rule in rules):
            self._add_flag_notice(arch)

    @api.model
    def _apply_to_list(self, model_name, arch):
        """Let what is edited in the rows of a list follow the rules of required and read-only
        fields. What is asked for must be seen: columns that people may only add are left alone.
        """
        rules = [
            rule for rule in self._get_rules(model_name) if rule.kind in ("required", "readonly")
        ]
        messages = self._get_own_messages(rules)
        for rule in rules:
            for node in arch.iterchildren("field"):
                is_hidden = node.get("column_invisible") or node.get("optional") == "hide"
                if node.get("name") in rule.targets and not (is_hidden and rule.kind == "required"):
                    self._set_modifier(model_name, node, rule, messages.get(rule.id))

    @api.model
    def _get_own_messages(self, rules):
        """Return by id what configurators wrote for those who leave a required field empty."""
        ids = [rule.id for rule in rules if rule.kind == "required"]
        # sudo: only configurators may read rules, everybody may read their messages
        return {rule.id: rule.message for rule in self.sudo().browse(ids).exists() if rule.message}

    @api.model
    def _apply_form_rule(self, model_name, arch, rule, message=None):
        """Change a form as one rule wants it.

        A field may be in a form several times, and the client looks at all of its nodes, so all
        are changed; those of embedded lists and forms belong to other records.
        """
        if rule.kind == "warning" or (rule.kind == "block" and rule.detail != "delete"):
            self._add_notice(arch, rule)
            return
        targets = set(rule.targets)
        for node in arch.iter("field"):
            name = node.get("name")
            if name not in targets or next(node.iterancestors("field"), None) is not None:
                continue
            field = self.env[model_name]._fields[name]
            if rule.kind == "limit":
                self._limit_node(node, field, rule)
            elif rule.kind in MODIFIERS:
                self._set_modifier(model_name, node, rule, message)
        if rule.kind == "invisible":
            # labels that stand apart from their fields
            for label in arch.iter("label"):
                is_embedded = next(label.iterancestors("field"), None) is not None
                if label.get("for") in targets and not is_embedded:
                    self._add_modifier(label, "invisible", rule.expression)

    @api.model
    def _set_modifier(self, model_name, node, rule, message=None):
        if rule.kind == "required" and self.env[model_name]._fields[node.get("name")].required:
            return
        self._add_modifier(node, MODIFIERS[rule.kind], rule.expression)
        if rule.kind == "required":
            # read by static/src/studio/rule_messages, which names the field where there is none
            messages = json.loads(node.get(MESSAGES) or "[]")
            node.set(MESSAGES, json.dumps([*messages, [rule.expression, message or ""]]))

    @api.model
    def _add_modifier(self, node, modifier, expression):
        current = node.get(modifier)
        if not current:
            node.set(modifier, f"({expression})")
            return
        # "or" binds less than all but these; parentheses around what is there, once for each rule,
        # would be more than any parser reads
        if CONDITIONALS.search(current) and isinstance(
            ast.parse(current.strip(), mode="eval").body, (ast.IfExp, ast.Lambda)
        ):
            current = f"({current})"
        node.set(modifier, f"{current} or ({expression})")

    @api.model
    def _limit_node(self, node, field, rule):
        """Leave only the allowed options, as long as the condition holds."""
        if field.type == "selection":
            options = literal_eval(node.get("options") or "{}")
            limits = [*options.get("limits", []), [rule.expression, sorted(rule.detail.values)]]
            widget = node.get("widget")
            node.set("options", repr({**options, "limits": limits}))
            node.set("widget", LIMITED_WIDGETS.get(widget, widget))
            return
        domain = node.get("domain") or field._description_domain(self.env) or "[]"
        domain = domain if isinstance(domain, str) else repr(list(domain))
        # sums need no parentheses among each other, see modifiers
        if not isinstance(ast.parse(domain.strip(), mode="eval").body, (ast.BinOp, ast.List)):
            domain = f"({domain})"
        node.set("domain", f"{domain} + ({rule.detail.criteria!r} if {rule.expression} else [])")

    @api.model
    def _add_notice(self, arch, rule):
        """Tell above the sheet what the rule wants, as long as its condition holds."""
        # sudo: only configurators may read rules, everybody may read their messages
        message = self.sudo().browse(rule.id)._get_notice()
        style = STYLES["danger"] if rule.kind == "block" else STYLES[rule.detail[0]]
        if rule.kind == "block" and rule.detail == "locked":
            style = STYLES["info"]
        notice = etree.Element(
            "div",
            {
                "class": f"alert {style} mb-0",
                "role": "alert",
                "invisible": f"not ({rule.expression})",
            },
        )
        notice.text = message
        self._put_above_sheet(arch, notice)

    @api.model
    def _add_flag_notice(self, arch):
        """Tell what is missing in a record that was kept although it breaks rules."""
        notice = etree.Element(
            "div",
            {
                "class": "alert alert-warning mb-0",
                "role": "alert",
                "invisible": "not form_rule_flag",
            },
        )
        etree.SubElement(notice, "field", {"name": "form_rule_flag", "invisible": "1"})
        etree.SubElement(
            notice, "field", {"name": "form_rule_notice", "nolabel": "1", "readonly": "1"}
        )
        self._put_above_sheet(arch, notice)

    @api.model
    def _put_above_sheet(self, arch, node):
        header = arch.find("header")
        arch.insert(0 if header is None else arch.index(header) + 1, node)

    @api.model
    def _add_flag_filter(self, model_name, arch):
        """Let people find the records that were kept although they break rules."""
        rules = self._get_compiled_rules(model_name)
        if not any(
            rule.on_server and rule.kind in ("required", "limit", "block") for rule in rules
        ):
            return
        filters = arch.findall("filter")
        position = arch.index(filters[-1]) + 1 if filters else len(arch)
        arch.insert(position, etree.Element("separator"))
        arch.insert(
            position + 1,
            etree.Element(
                "filter",
                {
                    "name": "form_rule_flag",
                    "string": self.env._("Left Incomplete"),
                    "domain": "[('form_rule_flag', '=', True)]",
                },
            ),
        )

"""Filters in words, of which nobody reads more than he may see."""

from odoo.addons.crm_suite.lib.filter_text import parse_conditions


def is_hidden(env, model_name, name):
    """Say whether a condition is about a field that the reader may not see."""
    model = env.get(model_name)
    for part in str(name).split("."):
        field = model._fields.get(part) if model is not None else None
        if field is None:
            return False
        if not model.has_access("read") or not model._has_field_access(field, "read"):
            return True
        model = env.get(field.comodel_name) if field.relational else None
    return False


def asks_hidden(env, model_name, condition):
    """Say whether a condition, or one inside of it, is about what the reader may not see."""
    name, operator, value = condition
    if is_hidden(env, model_name, name):
        return True
    if operator not in ("any", "not any"):
        return False
    for part in str(name).split("."):
        field = env[model_name]._fields.get(part) if model_name in env else None
        model_name = field.comodel_name if field is not None and field.relational else ""
    if model_name not in env or not env[model_name].has_access("read"):
        return True
    return any(
        asks_hidden(env, model_name, leaf)
        for leaf in parse_conditions(value if isinstance(value, str) else repr(value))
        if isinstance(leaf, list | tuple)
    )


def describe_condition(env, model_name, condition):
    """:return: one condition in words"""
    name, operator, value = condition
    if name in (0, 1):
        return env._("everybody") if (name == value) == (operator == "=") else env._("nobody")
    if is_hidden(env, model_name, name):
        return env._("a condition on what you may not see")
    labels, model = [], model_name
    *path, last = str(name).split(".")
    for part in path:
        field = env[model]._fields.get(part) if model in env else None
        if field is None or not field.relational:
            return f"{name} {operator} {value}"
        labels.append(field.get_description(env, ["string"])["string"])
        model = field.comodel_name
    words = env["crm.domain.words.mixin"]
    if operator in ("any", "not any"):
        field = env[model]._fields[last]
        label = field.get_description(env, ["string"])["string"]
        inner = describe_filter(env, field.comodel_name, value)
        if operator == "any":
            text = env._("%(field)s with: %(condition)s", field=label, condition=inner)
        else:
            text = env._("no %(field)s with: %(condition)s", field=label, condition=inner)
    else:
        text = words._describe_criterion(model, last, operator, value)
    return " › ".join([*labels, text])


def describe_filter(env, model_name, domain):
    """:param domain: text, or a list of conditions
    :return: a filter in words; empty without conditions
    """
    try:
        conditions = parse_conditions(domain or "[]") if isinstance(domain, str) else list(domain)
        return _join(env, model_name, conditions)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, SyntaxError):
        return env._("a filter that cannot be read")


def _join(env, model_name, conditions):
    mixin = env["crm.domain.words.mixin"]
    stack = []
    for token in reversed(conditions):
        if token == "!":
            stack.append((env._("not (%(condition)s)", condition=stack.pop()[0]), True))
        elif token in ("&", "|"):
            parts = [stack.pop(), stack.pop()]
            stack.append((mixin._join_conditions(token, parts), token == "&"))
        else:
            stack.append((describe_condition(env, model_name, token), True))
    stack.reverse()
    return mixin._join_conditions("&", stack) if stack else ""

"""How a file names records of a database, so that another one finds them: by the keys of add-ons,
else by name. Everything is asked with the rights of whoever exports or imports.
"""

from odoo.addons.crm_suite.lib.filter_text import parse_conditions

from ...lib.journey_file import is_reference

# People of one company are not those of another: never by the key of an add-on
BY_NAME_ONLY = {"res.users", "res.partner", "res.company"}
NOBODY = "[(0, '=', 1)]"


def describe(record):
    """:return: how a file names a record"""
    if record._name == "ir.model.fields":
        field = record.sudo()  # sudo: which field that is, no more
        return {"model": field.model, "field": field.name}
    if record._name == "ir.model.fields.selection":
        choice = record.sudo()  # sudo: the same
        return describe(choice.field_id) | {"value": choice.value}
    if not record.exists()._filtered_access("read"):
        return {"name": None}
    xml_id = record.get_external_id()[record.id]
    if record._name in BY_NAME_ONLY or xml_id.startswith("__"):
        xml_id = None
    return {"xml_id": xml_id or None, "name": record.display_name}


def find(env, model_name, reference):
    """:return: the record that a file names, an empty recordset where there is none or several"""
    model = env[model_name]
    if not model.has_access("read"):
        return model
    if model_name == "ir.model.fields":
        return _find_field(env, reference)
    if model_name == "ir.model.fields.selection":
        field = _find_field(env, reference)
        # sudo: which choices a field has, no more
        return model.browse(
            field.sudo().selection_ids.filtered(lambda one: one.value == reference.get("value")).ids
        )
    xml_id, name = reference.get("xml_id"), reference.get("name")
    if xml_id and "." in xml_id and model_name not in BY_NAME_ONLY:
        record = env.ref(xml_id, raise_if_not_found=False)
        if record is not None and record._name == model_name:
            return record._filtered_access("read")
    found = model.name_search(name, operator="=", limit=2) if name else []
    return model.browse(found[0][0]) if len(found) == 1 else model


def _find_field(env, reference):
    Field = env["ir.model.fields"]
    model, name = reference.get("model"), reference.get("field")
    if not model or not name or model not in env:
        return Field
    return Field.browse(Field._get(model, name).id)


def tell(reference):
    """:return: what a file calls a record"""
    return reference.get("name") or reference.get("field") or reference.get("xml_id") or "?"


# ---- filters


def export_filter(env, model_name, text):
    """:return: the conditions of a filter as JSON, records by reference"""
    try:
        conditions = parse_conditions(text or "[]")
        return [_export_condition(env, model_name, one) for one in conditions]
    except (ValueError, TypeError, KeyError):
        return parse_conditions(NOBODY)


def _export_condition(env, model_name, condition):
    if isinstance(condition, str):
        return condition
    name, operator, value = condition
    comodel = _get_comodel(env, model_name, name)
    if comodel and operator in ("any", "not any"):
        return [name, operator, [_export_condition(env, comodel, one) for one in value]]
    if comodel:
        if isinstance(value, list | tuple):
            return [name, operator, [_export_value(env, comodel, one) for one in value]]
        return [name, operator, _export_value(env, comodel, value)]
    if isinstance(value, list | tuple | set):
        value = list(value)
    if not isinstance(value, str | int | float | list | None):
        raise TypeError(value)
    return [name, operator, value]


def _export_value(env, comodel, value):
    return describe(env[comodel].browse(value)) if type(value) is int and value else value


def import_filter(env, model_name, conditions, missing):
    """Make the text of a filter.

    :param missing: list to which names are added that nobody knows here
    :raise ValueError: when these are no conditions
    """
    if not isinstance(conditions, list):
        raise TypeError("filter")
    return repr([_import_condition(env, model_name, one, missing) for one in conditions])


def _import_condition(env, model_name, condition, missing):
    if condition in ("&", "|", "!"):
        return condition
    if not isinstance(condition, list) or len(condition) != 3:
        raise ValueError("condition")
    name, operator, value = condition
    if not isinstance(operator, str) or (type(name) is not int and not isinstance(name, str)):
        raise ValueError("condition")
    comodel = _get_comodel(env, model_name, name)
    if operator in ("any", "not any"):
        if not comodel or not isinstance(value, list):
            raise ValueError("condition")
        return (name, operator, [_import_condition(env, comodel, one, missing) for one in value])
    if isinstance(value, list):
        return (name, operator, [_import_value(env, comodel, one, missing) for one in value])
    return (name, operator, _import_value(env, comodel, value, missing))


def _import_value(env, comodel, value, missing):
    if isinstance(value, dict):
        if not comodel or not is_reference(value):
            raise ValueError("reference")
        record = find(env, comodel, value)
        if not record:
            missing.append(tell(value))
        return record.id
    if isinstance(value, list):
        raise TypeError("value")
    if comodel and type(value) is int and value:
        # the number of a record of another database is that of somebody else here
        missing.append(str(value))
    return value


def _get_comodel(env, model_name, path):
    """:return: the model whose records a condition on this field names"""
    if not isinstance(path, str):
        return None
    for part in path.split("."):
        model = env.get(model_name)
        field = model._fields.get(part) if model is not None else None
        if field is None:
            return None
        if part == "id":
            return model_name
        model_name = field.comodel_name if field.relational else None
    return model_name

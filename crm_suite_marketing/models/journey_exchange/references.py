"""Records of one database named so that another one finds its own."""

MODELS = "ir.model.fields"
CHOICES = "ir.model.fields.selection"


def describe(record):
    """:return: how the file names the record, as the user sees it"""
    if not record:
        return False
    # sudo: which field or choice it is, no more
    known = record.sudo()
    if record._name == MODELS:
        return {"field": [known.model, known.name]}
    if record._name == CHOICES:
        return {"choice": [known.field_id.model, known.field_id.name, known.value]}
    xml_id = record._get_external_ids().get(record.id) or [""]
    module = xml_id[0].partition(".")[0]
    if module and not module.startswith("__"):
        return {"xml_id": xml_id[0]}
    return {"name": record.display_name} if record.has_access("read") else False


def find(model, reference):
    """:return: the record of this database, or none: exactly one must be meant"""
    none = model.browse()
    if not isinstance(reference, dict):
        return none
    if model._name in (MODELS, CHOICES):
        return _find_field(model, reference)
    xml_id, name = reference.get("xml_id"), reference.get("name")
    if isinstance(xml_id, str) and "." in xml_id:
        found = model.env.ref(xml_id, raise_if_not_found=False)
        return found if found and found._name == model._name else none
    if not isinstance(name, str) or not name or not model.has_access("read"):
        return none
    found = model.search([(model._rec_name or "id", "=", name)], limit=2)
    return found if len(found) == 1 else none


def _find_field(model, reference):
    key = "field" if model._name == MODELS else "choice"
    names = reference.get(key)
    length = 2 if key == "field" else 3
    if not (
        isinstance(names, list)
        and len(names) == length
        and all(isinstance(name, str) for name in names)
    ):
        return model.browse()
    # sudo: which field or choice it is, no more; whether it may be used is asked where it is
    known = model.sudo()
    if key == "field":
        domain = [("model", "=", names[0]), ("name", "=", names[1])]
    else:
        domain = [
            ("field_id.model", "=", names[0]),
            ("field_id.name", "=", names[1]),
            ("value", "=", names[2]),
        ]
    return model.browse(known.search(domain, limit=1).ids)

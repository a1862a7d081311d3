"""Which fields a journey may write: what a person fills in on a form, and nothing that decides who
may see or do what.
"""

import re

from ..content.crm_merge_field import SECRET

TYPES = (
    "boolean",
    "char",
    "date",
    "datetime",
    "float",
    "integer",
    "many2one",
    "monetary",
    "selection",
    "text",
)
NUMBERS = ("float", "integer", "monetary")
# Whose records are rights, settings, or the books of the company
PROTECTED_MODELS = re.compile(
    r"^(?:(?:ir|base|bus|auth|payment|digest|utm|fetchmail"
    r"|res\.(?:users|groups|company|config|device|lang|currency))(?:\.|$)"
    r"|mailing\.(?!contact$)|account\.(?!move$)|crm\.(?!lead$|ticket$))"
)
# Who works for which company, who signs in, what belongs to whom
PROTECTED_FIELDS = {
    "active",
    "commercial_partner_id",
    "company_id",
    "company_ids",
    "currency_id",
    "display_name",
    "group_ids",
    "id",
    "login",
    "parent_id",
    "partner_id",
    "partner_share",
    "user_ids",
}
# What a link may lead to is what everybody may choose from
PROTECTED_TARGETS = re.compile(r"^(?:ir|base|auth|bus|payment|res\.(?:groups|company|config))\.?")


def is_safe(model, name):
    """Say whether journeys may write this field at all, whoever is responsible.

    :param model: an empty recordset
    """
    field = model._fields.get(name)
    return bool(
        field is not None
        and not PROTECTED_MODELS.match(model._name)
        and field.type in TYPES
        and field.store
        and not field.readonly
        and not field.related
        and not field.company_dependent
        and name not in PROTECTED_FIELDS
        and not name.startswith(("message_", "activity_", "access_", "is_blacklisted"))
        and not SECRET.search(name)
        and not (field.type == "many2one" and PROTECTED_TARGETS.match(field.comodel_name))
    )


def may_write(model, name):
    """Say whether the user may write this field of records of the model by hand."""
    return (
        is_safe(model, name)
        and model.has_access("write")
        and model._has_field_access(model._fields[name], "write")
    )

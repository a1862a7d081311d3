"""What is wrong with a text with merge fields, in words."""


def describe(env, error, recipients, is_forbidden):
    """Return a sentence for a `merge_fields.MergeFieldError`.

    :param recipients: what the kind of recipients is called
    :param is_forbidden: the field exists, but whoever is concerned may not read it
    """
    values = {
        "field": f"[[{error.excerpt}]]",
        "name": error.excerpt,
        "hint": error.hint,
        "model": recipients,
    }
    sentences = {
        "unknown_field": _describe_unknown_field,
        "unknown_filter": _describe_unknown_filter,
        "place": _describe_place,
    }
    if error.code == "unknown_field" and is_forbidden:
        return env._("You, or the responsible of the mailing, may not read “%(name)s”.", **values)
    if error.code in sentences:
        return sentences[error.code](env, error, values)
    return _describe_form(env, error.code, values)


def _describe_unknown_field(env, error, values):
    if error.hint:
        return env._("“%(name)s” is no merge field of %(model)s. Do you mean “%(hint)s”?", **values)
    return env._("“%(name)s” is no merge field of %(model)s.", **values)


def _describe_unknown_filter(env, error, values):
    if error.hint:
        return env._("“%(name)s” is no filter. Do you mean “%(hint)s”?", **values)
    return env._("“%(name)s” is no filter.", **values)


def _describe_place(env, error, values):
    if error.hint in ("href", "src"):
        return env._(
            "“%(field)s”: in a link, merge fields can stand behind the address of the site only:"
            " https://example.com/?name=[[name]]",
            **values,
        )
    if error.hint:
        return env._("“%(field)s” cannot stand in “%(hint)s”.", **values)
    return env._(
        "“%(field)s” cannot stand here. A condition must begin and end in the same kind of block.",
        **values,
    )


def _describe_form(env, code, values):
    if code == "too_long":
        return env._("The text is too long for merge fields.")
    if code == "too_many":
        return env._("There are too many merge fields in one text.")
    if code in ("unclosed_tag", "long_tag"):
        return env._("A merge field is too long, or not closed with ]]: “%(name)s”", **values)
    if code == "markup":
        return env._(
            "A part of a merge field is formatted on its own, or broken by a new line. Remove the"
            " format inside of the brackets: “%(name)s”",
            **values,
        )
    if code == "bad_argument":
        return env._(
            "“%(field)s”: “%(hint)s” needs another value after the colon; texts stand in quotes.",
            **values,
        )
    if code == "too_deep":
        return env._("Conditions are nested too deeply: “%(field)s”", **values)
    if code == "no_if":
        return env._("“%(field)s” has no [[if …]] before it.", **values)
    if code == "no_end":
        return env._("“%(field)s” has no [[end]].", **values)
    if code == "second_else":
        return env._("A condition has a second [[else]].", **values)
    return env._("“%(field)s” cannot be understood.", **values)

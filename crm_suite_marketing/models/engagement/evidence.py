"""The facts of an event, in words."""

# Numbers of records, for programs
HIDDEN = frozenset({"form_id"})


def describe(env, facts, countries):
    """Return facts of an event as lines of words. What is not known stands as it is.

    :param countries: ``{code: name}``
    """
    names = {
        "method": env._("Request"),
        "agent": env._("Browser"),
        "network": env._("Network"),
        "country": env._("Country"),
        "trap": env._("Link for programs"),
        "prefetch": env._("Loaded ahead"),
        "status": env._("Status code"),
        "text": env._("What the server said"),
        "sign": env._("Sign of a program"),
        "source": env._("Source"),
        "told_by": env._("Told by"),
        "url": env._("Page"),
        "title": env._("Title of the Page"),
        "referrer": env._("Came From"),
        "form": env._("Form"),
        "site": env._("Website"),
    }
    words = {"sign": _get_signs(env), "source": _get_sources(env), "country": countries}
    lines = []
    for name, fact in sorted(facts.items()):
        if name in HIDDEN:
            continue
        if fact is True:
            fact = env._("Yes")
        elif isinstance(fact, str):
            fact = words.get(name, {}).get(fact, fact)
        lines.append(f"{names.get(name, name)}: {fact}")
    return "\n".join(lines)


def _get_signs(env):
    """:return: words of what :func:`.mail_report.is_automatic` finds"""
    return {
        "auto_submitted": env._("It says that it was written by itself (Auto-Submitted)"),
        "no_return_path": env._("Nobody gets what comes back of it (Return-Path)"),
        "precedence": env._("It calls itself bulk mail (Precedence)"),
        "auto_header": env._("It has a mark of programs in its header"),
        "auto_suppress": env._("It asks that no program answers (X-Auto-Response-Suppress)"),
        "subject": env._("Its subject is one that programs write"),
    }


def _get_sources(env):
    consent = env["crm.consent.entry"]._fields["source"]._description_selection(env)
    return dict(consent) | {
        "odoo": env._("Noted by Odoo"),
        "sms": env._("Provider of text messages"),
        "activity": env._("Call that was made"),
        "SMTP": env._("Mail server, while it was sent"),
    }

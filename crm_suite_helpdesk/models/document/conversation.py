"""What is taken along when one record is made of another: the conversation and the files."""

from markupsafe import Markup

from odoo.tools import format_datetime

# Longer conversations are read where they took place
MESSAGES = 30


def is_public(message):
    """Whether a message is part of the conversation with the customer."""
    return (
        message.message_type in ("comment", "email", "email_outgoing")
        and message.subtype_id
        and not message.subtype_id.internal
        and not message.is_internal
    )


def quote(record):
    """The conversation of a record with the customer, oldest first, as HTML; empty without one.

    The messages are read with the rights of whoever reads the record.
    """
    public = record.message_ids.filtered(lambda m: is_public(m) and m.body).sorted("id")
    env = record.env
    return Markup("").join(
        Markup("<p><b>%s</b>, %s</p><blockquote>%s</blockquote>")
        % (
            message.author_id.name or message.email_from or env._("Unknown"),
            format_datetime(env, message.date, dt_format="short"),
            message.body,
        )
        for message in public[-MESSAGES:]
    )


def copy_files(source, target):
    """Copy the files of a record to another one, those of its messages as well."""
    # sudo: whoever hands a record over may not see what becomes of it; the source is his to read
    files = (
        source.env["ir.attachment"]
        .sudo()
        .search(
            [
                ("res_model", "=", source._name),
                ("res_id", "=", source.id),
                ("res_field", "=", False),
            ]
        )
    )
    return files.copy({"res_model": target._name, "res_id": target.id, "access_token": False})

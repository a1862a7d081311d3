"""Custom fields of tickets on pages where customers are asked for them."""

from base64 import b64encode

from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools.image import image_process
from odoo.tools.mimetypes import guess_mimetype

from ..lib import upload

PICTURES = frozenset(["image/png", "image/jpeg", "image/gif", "image/webp"])


def read_sent(env, asked):
    """Check what was sent for custom fields in this request.

    :param asked: fields as `crm.custom.outlet._describe` returns them
    :return: texts to show again, values of a ticket, codes of errors; each by name of the field
    """
    outlet = env["crm.custom.outlet"]
    texts, errors = outlet._read_sent(asked, request.httprequest.form)
    values = {}
    if not errors:
        values = outlet._to_values(asked, texts)
    for field in asked:
        if field["kind"] in ("binary", "image"):
            files, error = _read_file(field)
            values.update(files)
            if error:
                errors[field["name"]] = error
    return texts, values, errors


def _read_file(field):
    name = field["name"]
    sent = [file for file in request.httprequest.files.getlist(name) if file.filename][:1]
    taken, refused = upload.read_files(sent)
    if refused:
        return {}, refused[0].reason
    if not taken:
        return {}, "required" if field["required"] else None
    [(file_name, content)] = taken
    if field["kind"] == "image" and not _is_picture(content):
        return {}, "image"
    values = {name: b64encode(content)}
    if field["file_name"]:
        values[field["file_name"]] = file_name
    return values, None


def _is_picture(content):
    if guess_mimetype(content) not in PICTURES:
        return False
    try:
        # also refuses what would fill the memory when it is opened
        image_process(content, verify_resolution=True)
    except (UserError, OSError, ValueError):
        return False
    return True

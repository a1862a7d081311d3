"""Files that customers send with a page, without Odoo: what is taken and what is refused."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, NamedTuple

MAX_FILES = 5
MAX_FILE_MB = 10
# What a customer may show us. Nothing that runs when somebody opens it.
FILE_TYPES = (
    *("png", "jpg", "jpeg", "gif", "webp", "heic", "pdf", "txt", "log", "csv", "zip"),
    *("doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "ppt", "pptx", "odp", "eml"),
)
ACCEPT = ",".join(f".{name}" for name in FILE_TYPES)


class Refusal(NamedTuple):
    """Why a file is not taken: `count` (all of them), `type` or `size`; and its name."""

    reason: str
    name: str


def clean_name(name: str) -> str:
    """Return the name of a file: browsers send names, others send paths."""
    return PurePath(name.replace("\x00", "").replace("\\", "/")).name[-100:]


def read_files(files: Iterable[Any]) -> tuple[list[tuple[str, bytes]], list[Refusal]]:
    """Return what is taken as (name, content), and what is refused.

    :param files: objects with `filename` and `stream`, as werkzeug has them; those without a name
        are fields that were left empty
    """
    files = [file for file in files if file.filename]
    if len(files) > MAX_FILES:
        return [], [Refusal("count", "")]
    taken, refused = [], []
    for file in files:
        name = clean_name(file.filename)
        if PurePath(name).suffix.lower().lstrip(".") not in FILE_TYPES:
            refused.append(Refusal("type", name))
            continue
        content = file.stream.read(MAX_FILE_MB * 1024 * 1024 + 1)
        if len(content) > MAX_FILE_MB * 1024 * 1024:
            refused.append(Refusal("size", name))
        else:
            taken.append((name, content))
    return taken, refused

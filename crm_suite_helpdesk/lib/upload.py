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


def refuse(name: str, size: int) -> Refusal | None:
    """Return why a file is not taken, if so.

    :param size: bytes
    """
    if PurePath(name).suffix.lower().lstrip(".") not in FILE_TYPES:
        return Refusal("type", name)
    return Refusal("size", name) if size > MAX_FILE_MB * 1024 * 1024 else None


def refuse_all(files: Iterable[tuple[str, int]]) -> list[Refusal]:
    """Return what is refused of the files of one message, given as (name, bytes)."""
    files = list(files)
    if len(files) > MAX_FILES:
        return [Refusal("count", "")]
    return [refusal for name, size in files if (refusal := refuse(name, size))]


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
        refusal = refuse(name, 0)
        if not refusal:
            content = file.stream.read(MAX_FILE_MB * 1024 * 1024 + 1)
            refusal = refuse(name, len(content))
        if refusal:
            refused.append(refusal)
        else:
            taken.append((name, content))
    return taken, refused

"""The file of a customization pack: what it may say, and how it is read without trusting it.

A pack is one JSON document: who made it, and records of known kinds (`pack_record`). Nothing else
is taken from a file: no code, no views, no ids of a database. Records name each other by keys,
`<kind>:<name>`.

This module knows nothing of Odoo.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from .pack_record import (
    EXTERNAL_ID,
    LANGUAGE,
    NAME,
    Attribute,
    Problems,
    is_key,
    normalise_value,
)

FORMAT = "crm-suite-pack"
FORMAT_VERSION = 1

MAX_BYTES = 2_000_000
MAX_DEPTH = 24
MAX_RECORDS = 2_000

PACK_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
PACK_VERSION = re.compile(r"\d{1,5}(\.\d{1,5}){0,4}")


class PackError(ValueError):
    """A file that is no pack. `code` says why, `where` where."""

    def __init__(self, code: str, where: str = ""):
        super().__init__(f"{code}: {where}")
        self.code = code
        self.where = where


def dump(document: Mapping) -> bytes:
    """Return the file of a document, always the same for the same document, with its checksum."""
    sealed = {**document, "checksum": checksum(document)}
    return json.dumps(
        sealed, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False
    ).encode()


def checksum(document: Mapping) -> str:
    """Return the checksum of all that a document says beside its checksum."""
    content = {name: value for name, value in document.items() if name != "checksum"}
    canonical = json.dumps(
        content, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def read(data: bytes, is_sealed: bool = True) -> dict:
    """Return the document of a file; its records are checked for their form only.

    :param is_sealed: whether the checksum must be there and right
    :raise PackError: when it is no pack: too_big, not_json, too_deep, duplicate, not_a_pack,
        newer_format, checksum, envelope, too_many, record
    """
    if len(data) > MAX_BYTES:
        raise PackError("too_big", str(MAX_BYTES // 1_000_000))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackError("not_json") from error
    if depth(text) > MAX_DEPTH:
        raise PackError("too_deep")
    try:
        document = json.loads(
            text, object_pairs_hook=_unique_names, parse_constant=_refuse_constant
        )
    except PackError:
        raise
    except (ValueError, RecursionError) as error:
        raise PackError("not_json") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise PackError("not_a_pack")
    _check_envelope(document)
    if is_sealed and document.get("checksum") != _safe_checksum(document):
        raise PackError("checksum")
    _check_list(document["records"])
    return document


def depth(text: str) -> int:
    """Return how deep the brackets of a JSON text are nested, without parsing it."""
    deepest = level = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text, re.DOTALL):
        token = match[0]
        if token in "[{":
            level += 1
            deepest = max(deepest, level)
        elif token in "]}":
            level -= 1
    return deepest


def merge_parts(parts: Iterable[Mapping]) -> dict:
    """Return one document of the parts that several add-ons bring of one pack.

    The first part names the pack; the version of the whole is the newest of all.
    """
    parts = list(parts)
    versions = [part["version"] for part in parts]
    languages = {language for part in parts for language in part.get("languages", ())}
    return {
        **parts[0],
        "version": max(versions, key=version_key),
        "made_with": {
            addon: version for part in parts for addon, version in part.get("made_with", {}).items()
        },
        "languages": sorted(languages),
        "records": [record for part in parts for record in part["records"]],
    }


def version_key(version: str | None) -> tuple[int, ...]:
    """Return what versions are compared by: 1.10 is newer than 1.9."""
    if not version or not PACK_VERSION.fullmatch(version):
        return ()
    numbers = [int(number) for number in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _unique_names(pairs):
    found = {}
    for name, value in pairs:
        if name in found:
            raise PackError("duplicate", name[:80])
        found[name] = value
    return found


def _refuse_constant(name):
    raise PackError("not_json", name)


def _safe_checksum(document):
    try:
        return checksum(document)
    except (ValueError, RecursionError):
        return None


def _check_envelope(document):
    version = document.get("format_version")
    if type(version) is not int or version < 1:
        raise PackError("envelope", "format_version")
    if version > FORMAT_VERSION:
        raise PackError("newer_format", str(version)[:20])
    for name, pattern in (("key", PACK_KEY), ("version", PACK_VERSION)):
        if not isinstance(document.get(name), str) or not pattern.fullmatch(document[name]):
            raise PackError("envelope", name)
    problems = Problems()
    normalise_value(Attribute("name", "translated", required=True), document.get("name"), problems)
    normalise_value(
        Attribute("description", "long_translated"), document.get("description"), problems
    )
    if problems.found:
        raise PackError("envelope", problems.found[0][1])
    made_with = document.get("made_with", {})
    if not isinstance(made_with, dict) or not all(
        NAME.fullmatch(name) and isinstance(value, str) and PACK_VERSION.fullmatch(value)
        for name, value in made_with.items()
    ):
        raise PackError("envelope", "made_with")
    languages = document.get("languages", [])
    if not isinstance(languages, list) or not all(
        isinstance(code, str) and LANGUAGE.fullmatch(code) for code in languages
    ):
        raise PackError("envelope", "languages")
    unknown = set(document) - {
        *("format", "format_version", "key", "version", "name", "description"),
        *("made_with", "languages", "records", "checksum"),
    }
    if unknown:
        raise PackError("envelope", min(unknown)[:80])


def _check_list(records):
    if not isinstance(records, list):
        raise PackError("envelope", "records")
    if len(records) > MAX_RECORDS:
        raise PackError("too_many", str(MAX_RECORDS))
    seen = set()
    for number, record in enumerate(records, 1):
        where = str(number)
        if not isinstance(record, dict) or set(record) - {"kind", "key", "external_id", "values"}:
            raise PackError("record", where)
        kind, key, values = record.get("kind"), record.get("key"), record.get("values")
        if (
            not isinstance(kind, str)
            or not NAME.fullmatch(kind)
            or not is_key(key)
            or not key.startswith(f"{kind}:")
            or not isinstance(values, dict)
        ):
            raise PackError("record", where)
        external_id = record.get("external_id")
        if external_id is not None and (
            not isinstance(external_id, str) or not EXTERNAL_ID.fullmatch(external_id)
        ):
            raise PackError("record", where)
        if key in seen:
            raise PackError("duplicate", key[:80])
        seen.add(key)

"""What a text with merge fields is called where no recipient is meant. No Odoo."""

import re

from .merge_fields import MergeFieldError, parse, render


def get_plain(text: str) -> str:
    """Return a line without its merge fields: what stands where there is no value."""
    try:
        plain = render(parse(text).compile(), {}, "line")
    except MergeFieldError:
        plain = re.sub(r"\[\[.*?\]\]", " ", text).replace("[[", "").replace("]]", "")
    plain = re.sub(r"\s+([,;.:!?،؛؟])", r"\1", " ".join(plain.split()))
    # what a merge field kept apart does not become code of core's templates
    plain = re.sub(r"\{(?=\{)", "{ ", plain)
    return plain.strip(" ,;:،؛")

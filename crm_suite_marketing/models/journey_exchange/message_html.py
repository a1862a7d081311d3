"""What templates would run does not come in by a file."""

import re

# `html_sanitize` has written the attributes
DIRECTIVE = re.compile(r"""\st-[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*')""")
INLINE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
TEMPLATE_TAG = re.compile(r"</?t\b[^>]*>")


def drop_code(text, is_html):
    """:return: the text without anything that Odoo's templates would evaluate"""
    before = None
    while before != text:
        before, text = text, INLINE.sub("", text)
        if is_html:
            text = TEMPLATE_TAG.sub("", DIRECTIVE.sub("", text))
    return text

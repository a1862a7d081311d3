from babel.units import format_unit

from odoo.tools import get_lang
from odoo.tools.misc import babel_locale_parse


def describe_span(env, amount, unit):
    """Return so much time in words: languages have more than one plural.

    :param unit: of `choices.UNITS`
    """
    locale = babel_locale_parse(get_lang(env).code)
    return format_unit(amount, f"duration-{unit.removesuffix('s')}", locale=locale)

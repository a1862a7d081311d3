"""Public holidays of a country, from the library `holidays` where it is installed.

The library is a help, never a need: without it holidays are typed.
"""

from datetime import date

try:
    import holidays
except ImportError:
    holidays = None


def is_available() -> bool:
    return holidays is not None


def is_known(country: str) -> bool:
    return is_available() and country in holidays.list_supported_countries(include_aliases=False)


def list_days(
    country: str, years: list[int], language: str, region: str | None = None
) -> list[tuple[date, str]]:
    """Days off in the whole of a country, and of a region of it that the library knows.

    :param country: ISO 3166 code
    :param language: code such as `ar_001` or `en_US`: names are in it if the library has them
    :param region: ISO 3166-2 code without that of the country
    """
    known = holidays.list_supported_countries(include_aliases=False)
    options = {"years": years, "language": _pick_language(country, language)}
    if region in known.get(country, ()):
        options["subdiv"] = region
    return sorted(holidays.country_holidays(country, **options).items())


def _pick_language(country: str, language: str) -> str | None:
    """The name that the library has for a language: whole, without its country, or English."""
    names = holidays.list_localized_countries(include_aliases=False).get(country, [])
    short = language.partition("_")[0]
    alike = [name for name in names if name.partition("_")[0] == short]
    english = [name for name in names if name.startswith("en")]
    return next((n for n in (language, short, *alike, *english) if n in names), None)

"""Arabic is complete: every term of every add-on is translated, and nothing is left over."""

import re
import subprocess
import sys

import polib
import pytest

from tests.conftest import SUITE_TEMPLATE
from tests.servers import ROOT

ADDONS = ["crm_suite", "crm_suite_helpdesk", "crm_suite_marketing"]


def test_arabic_is_complete_and_in_step_with_the_code():
    run = subprocess.run(
        [sys.executable, "scripts/translations.py", "check", SUITE_TEMPLATE, *ADDONS],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("addon", ADDONS)
def test_arabic_is_arabic(addon):
    """A translation that is the English text again is only right where there is nothing to
    translate.
    """
    same = {
        entry.msgid
        for entry in polib.pofile(str(ROOT / addon / "i18n" / "ar.po"))
        if entry.msgstr == entry.msgid
    }
    words = {
        term: re.findall(
            r"[A-Za-z]{2,}",
            re.sub(r"%\(\w+\)s|\{\{[^}]*\}\}|<[^>]+>|https?://\S+|^object\.\S+$", "", term),
        )
        for term in same
    }
    assert {term for term, found in words.items() if len(found) > 1} == set()

"""Keep i18n/MODULE.pot and i18n/ar.po in step with the code: translations.py update|check
DATABASE MODULE...

update  writes the .pot from a database in which the module is installed and merges it into ar.po
check   prints what is missing, stale or untranslated, and exits 1 if there is anything
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import polib

ROOT = pathlib.Path(__file__).resolve().parent.parent
LANGUAGE = "ar"
PLURAL = (
    "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
    "n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;"
)


def export(database, module):
    """The module's terms as Odoo exports them, without the dates that change at every export."""
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / f"{module}.pot"
        subprocess.run(
            [
                "odoo",
                "i18n",
                "export",
                "-d",
                database,
                "-l",
                "pot",
                "-o",
                str(target),
                "--",
                module,
            ],
            check=True,
            capture_output=True,
            cwd=ROOT,
        )
        pot = polib.pofile(str(target), wrapwidth=78)
    for key in ("POT-Creation-Date", "PO-Revision-Date"):
        pot.metadata.pop(key, None)
    pot.metadata["Content-Transfer-Encoding"] = "8bit"
    return pot


def terms(entries):
    return {(entry.msgctxt, entry.msgid) for entry in entries}


def update(pot, pot_file, po_file):
    pot_file.parent.mkdir(exist_ok=True)
    pot.save(str(pot_file))
    po = (
        polib.pofile(str(po_file), wrapwidth=78) if po_file.exists() else polib.POFile(wrapwidth=78)
    )
    po.merge(pot)
    for entry in po.obsolete_entries():
        po.remove(entry)
    for entry in po:
        if entry.fuzzy:  # a guess of the merge: better no translation than another term's
            entry.flags.remove("fuzzy")
            entry.msgstr = ""
            entry.previous_msgid = None
    po.metadata = dict(pot.metadata, Language=LANGUAGE, **{"Plural-Forms": PLURAL})
    po.save(str(po_file))


def problems(pot, pot_file, po_file):
    """Lines that say what is wrong with the two files of a module; none when they are complete."""
    for file in (pot_file, po_file):
        if not file.exists():
            yield f"{file.relative_to(ROOT)} is missing"
            return
    old, po, wanted = polib.pofile(str(pot_file)), polib.pofile(str(po_file)), terms(pot)
    findings = {
        f"{pot_file.name} lacks": wanted - terms(old),
        f"{pot_file.name} has, but the code has not": terms(old) - wanted,
        f"{po_file.name} does not translate": wanted
        - terms(entry for entry in po if entry.translated()),
        f"{po_file.name} has, but the code has not": terms(e for e in po if not e.obsolete)
        - wanted,
    }
    for title, found in findings.items():
        for _context, term in sorted(found, key=str):
            yield f"{title}: {term[:90]!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["update", "check"])
    parser.add_argument("database")
    parser.add_argument("modules", nargs="+")
    arguments = parser.parse_args()
    bad = 0
    for module in arguments.modules:
        pot = export(arguments.database, module)
        pot_file = ROOT / module / "i18n" / f"{module}.pot"
        po_file = ROOT / module / "i18n" / f"{LANGUAGE}.po"
        if arguments.what == "update":
            update(pot, pot_file, po_file)
        for line in problems(pot, pot_file, po_file):
            bad += 1
            sys.stdout.write(f"{module}: {line}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

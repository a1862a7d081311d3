"""What importing a pack into this database means, and doing it."""

from dataclasses import dataclass, field

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError

from ...lib import pack_diff
from ...lib.pack_record import Kind, normalise, references
from .crm_customization_codec import UNNAMED_KINDS

TAKEN_AT_FIRST = frozenset([pack_diff.NEW, pack_diff.CHANGED])
IMPOSSIBLE = "impossible"
OBSOLETE = "obsolete"


@dataclass
class Entry:
    """One record of a pack beside what is here."""

    key: str
    kind: Kind | None
    kind_key: str
    values: dict
    given: dict = field(default_factory=dict)
    external_id: str = ""
    record: object = None
    old: dict | None = None
    base: dict | None = None
    base_given: dict | None = None
    action: str = ""
    changes: list = field(default_factory=list)
    reason: str = ""
    needs: list = field(default_factory=list)

    def refuse(self, reason):
        self.action = IMPOSSIBLE
        self.reason = self.reason or reason


class PackPlan:
    """The records of a pack, each with what importing it would do.

    :param import_: crm.customization.import
    """

    def __init__(self, import_):
        self.env = import_.env
        self.registry = self.env["crm.customization.registry"]
        self.kinds = self.registry._get_kinds_by_key()
        self.codec = self.env["crm.customization.codec"]
        self.writer = self.env["crm.customization.writer"]
        self.entries = {}
        self.keys = {}
        document = import_.sudo().document  # sudo: read as a whole by nobody but the import
        self._read(document["records"])
        self._match(import_)
        for entry in self._in_order():
            self._judge(entry)
        self._add_obsolete()

    # ------------------------------------------------------------------ reading

    def _read(self, records):
        for record in records:
            kind = self.kinds.get(record["kind"])
            entry = Entry(
                record["key"],
                kind,
                record["kind"],
                {},
                external_id=record.get("external_id") or "",
            )
            self.entries[entry.key] = entry
            if kind is None or not kind.is_carried:
                entry.refuse(
                    self.env._(
                        "This database has nothing of the kind “%s”: an add-on may be missing.",
                        record["kind"],
                    )
                )
                continue
            values, problems = normalise(record["values"], kind.attributes)
            if problems:
                entry.refuse(self._explain(*problems[0]))
            entry.given = values
            entry.values = self.codec._localise(values, kind.attributes)

    def _explain(self, code, where):
        return {
            "unknown": self.env._("A pack cannot say “%s” here.", where),
            "type": self.env._("“%s” has a value of the wrong type.", where),
            "long": self.env._("“%s” is too long.", where),
            "choice": self.env._("“%s” is none of the possible values.", where),
            "missing": self.env._("“%s” is missing.", where),
            "characters": self.env._("“%s” has characters that are not allowed.", where),
            "twice": self.env._("“%s” is there twice.", where),
            "many": self.env._("“%s” has too many values.", where),
            "reference": self.env._("“%s” names something that a pack cannot name there.", where),
            "domain": self.env._("“%s” is no condition.", where),
        }[code]

    def _match(self, import_):
        """Find the records that are here already, and what the last import of the pack left."""
        self.former = self._get_former_lines(import_)
        taken = set()
        for entry in self.entries.values():
            if entry.kind is None or not entry.kind.is_carried:
                continue
            record = self._find(entry, taken)
            if record and (record._name, record.id) in taken:
                entry.refuse(self.env._("The pack has this record twice."))
                continue
            entry.record = record
            if record:
                taken.add((record._name, record.id))
                self.keys[record._name, record.id] = entry.key
            line = self.former.get(entry.key)
            if line and line.res_id == record.id:
                entry.base = line.after
                entry.base_given = self.codec._localise(line.given or {}, entry.kind.attributes)

    def _get_former_lines(self, import_):
        # sudo: what was left there before is read by nobody but the import
        lines = import_.env["crm.customization.import.line"].sudo()
        former = {}
        for line in lines.search(
            [
                ("import_id.pack_key", "=", import_.pack_key),
                ("import_id.company_id", "=", import_.company_id.id),
                ("import_id.state", "=", "done"),
                ("import_id", "!=", import_.id),
                ("res_id", "!=", 0),
                ("after", "!=", False),
            ],
            order="import_id desc, id desc",
        ):
            former.setdefault(line.key, line)
        return former

    def _find(self, entry, taken):
        kind = entry.kind
        model = self.env[kind.model].with_context(active_test=False)
        line = self.former.get(entry.key)
        if line and line.res_model == kind.model:
            found = model.browse(line.res_id).exists()
            if found and not self.registry._is_foreign(found):
                return found
        if entry.external_id:
            # sudo: external ids are not read by everybody; what is found is only compared
            found = self.env.ref(entry.external_id, raise_if_not_found=False)
            if found and found._name == kind.model and not self.registry._is_foreign(found):
                return model.browse(found.id)
        if not entry.values:
            return model.browse()
        identity = self.codec._get_identity_of_values(kind, entry.values, entry.key)
        found = self.codec._find_all(kind, identity)
        if kind.key in UNNAMED_KINDS:
            # several may be about the same
            found = found.filtered(lambda record: (record._name, record.id) not in taken)
        return model.browse(found[:1].id)

    def _in_order(self):
        """The entries, each after those that it names."""
        done, visiting = {}, set()

        def visit(entry):
            if entry.key in done or entry.key in visiting:
                return
            visiting.add(entry.key)
            if entry.kind:
                for key in references(entry.values, entry.kind.attributes):
                    if key in self.entries:
                        visit(self.entries[key])
            visiting.discard(entry.key)
            done[entry.key] = entry

        places = {key: place for place, key in enumerate(self.kinds)}
        for entry in sorted(
            self.entries.values(), key=lambda entry: places.get(entry.kind_key, len(places))
        ):
            visit(entry)
        return list(done.values())

    # ------------------------------------------------------------------ judging

    def _judge(self, entry):
        if entry.action == IMPOSSIBLE:
            return
        reason = self._check_rights(entry) or self._check_names(entry)
        if not reason:
            reason = self.writer._check_record(entry.kind, entry.values, entry.record, self)
        if reason:
            entry.refuse(reason)
            return
        kind = entry.kind
        if entry.record:
            try:
                entry.old = self.codec._read_values(kind, entry.record, self.keys)[0]
            except UserError as error:
                entry.refuse(self.env._("What is here cannot be compared: %s", error.args[0]))
                return
        entry.action, entry.changes = pack_diff.judge(
            entry.old, entry.values, kind.attributes, entry.base, entry.base_given
        )

        if entry.record and (reason := self.writer._get_retirement(kind, entry.record)):
            entry.reason = reason
            if entry.action in (pack_diff.UNCHANGED, pack_diff.KEPT):
                entry.action = pack_diff.CHANGED

    def _check_rights(self, entry):
        model = self.env[entry.kind.model]
        records = entry.record or model
        if not model.has_access("create") or not records.has_access("write"):
            return self.env._(
                "You have no right to change “%s”. Ask somebody who has, for example an"
                " administrator, to import it.",
                entry.kind.label,
            )
        return None

    def _check_names(self, entry):
        """Return why what the record names cannot be found, if so; note what it needs."""
        for key in references(entry.values, entry.kind.attributes):
            other = self.entries.get(key)
            if other is not None:
                if other.action == IMPOSSIBLE:
                    return self.env._("It needs “%s”, which is not possible.", self._name(other))
                entry.needs.append(key)
            elif not self._look_up(key):
                kind = self.kinds.get(key.partition(":")[0])
                return self.env._(
                    "It names “%(name)s” (%(kind)s), which is not here.",
                    name=key.partition(":")[2],
                    kind=kind.label or self._get_model_label(kind.model) if kind else key,
                )
        return None

    def need_field(self, entry_values, model, name):
        """Return whether a model has a field, now or with what the pack brings."""
        return name in self.env[model]._fields or self.get_field_entry(model, name) is not None

    def get_field_entry(self, model, name):
        """Return the entry of the pack that brings a custom field, if one does."""
        return next(
            (
                entry
                for entry in self.entries.values()
                if entry.kind_key == "custom_field"
                and entry.action != IMPOSSIBLE
                and entry.values.get("model") == model
                and entry.values.get("technical_name") == name
            ),
            None,
        )

    def get_brought_fields(self, model):
        return {
            entry.values.get("technical_name")
            for entry in self.entries.values()
            if entry.kind_key == "custom_field" and entry.values.get("model") == model
        }

    def _look_up(self, key):
        kind = self.kinds.get(key.partition(":")[0])
        return self.codec._find(kind, key.partition(":")[2]) if kind else None

    def _add_obsolete(self):
        """Add what an earlier version brought and this one does not."""
        for key, line in self.former.items():
            kind = self.kinds.get(line.kind)
            if key in self.entries or kind is None:
                continue
            record = self.env[kind.model].browse(line.res_id).exists()
            if not record or self.registry._is_foreign(record):
                continue
            if line.action == "new" and record.has_access("write"):
                self.entries[key] = Entry(
                    key,
                    kind,
                    line.kind,
                    line.after or {},
                    record=record,
                    action=OBSOLETE,
                    reason=self.env._(
                        "An earlier version of the pack brought it. Take this line to remove it."
                    ),
                )

    # ------------------------------------------------------------------ lines

    def get_line_values(self):
        places = {key: place for place, key in enumerate(self.kinds)}
        return [
            {
                "sequence": places.get(entry.kind_key, len(places)),
                "kind": entry.kind_key,
                "section": entry.kind.section if entry.kind else False,
                "key": entry.key,
                "name": self._name(entry),
                "form": self._get_model_label(entry.values.get("model")),
                "form_model": entry.values.get("model") or False,
                "action": entry.action,
                "is_taken": entry.action in TAKEN_AT_FIRST,
                "reason": entry.reason or False,
                "changes": [
                    [list(change.path), change.old, change.new, change.language]
                    for change in entry.changes
                ],
                "needs": self._get_needs(entry),
                "res_model": entry.kind.model if entry.record else False,
                "res_id": entry.record.id if entry.record else 0,
            }
            for entry in self._in_order()
        ]

    def _get_needs(self, entry):
        needs = set(entry.needs)
        model = entry.values.get("model")
        if entry.kind and model and entry.action != IMPOSSIBLE:
            names = self.writer._get_field_names(entry.kind, entry.values)
            for name in names:
                other = self.get_field_entry(model, name)
                if other is not None and other.key != entry.key:
                    needs.add(other.key)
        return sorted(needs)

    def _name(self, entry):
        """What a record is called, in the language of the user."""
        for name in ("name", "source", "technical_name"):
            value = entry.values.get(name)
            if isinstance(value, dict):
                value = self.codec._pick(value, self.env.lang) or value.get("en_US")
            if value:
                return value
        values = entry.values
        if kind := entry.kind:
            model = self.env.get(values.get("model"))
            names = values.get("fields") or [values.get("field")]
            known = model._fields if model is not None else {}
            labels = [
                known[name]._description_string(self.env) if name in known else name
                for name in names
                if name
            ]
            if labels and kind.key in UNNAMED_KINDS:
                return ", ".join(labels)
        return entry.key.partition(":")[2]

    def _get_model_label(self, model):
        return self.env["ir.model"]._get_form_title(model) if model else False

    # ------------------------------------------------------------------ doing

    def resolve(self, key):
        """Return the record of a key; made by this import, or here before."""
        entry = self.entries.get(key)
        record = entry.record if entry else None
        record = record or self._look_up(key)
        if not record:
            raise UserError(self.env._("“%s” is not here. Take it as well.", key.partition(":")[2]))
        return record

    def apply(self, import_):
        """Make and change what the chosen lines say."""
        lines = {line.key: line for line in import_.line_ids}
        taken = [entry for entry in self._in_order() if lines[entry.key].is_taken]
        made = [entry for entry in taken if entry.action != OBSOLETE]
        fields_ = [entry for entry in made if entry.kind_key == "custom_field"]
        keys = {entry.key for entry in fields_}
        later = [entry for entry in made if not keys.isdisjoint(self._get_needs(entry))]
        # tabs hold fields, and their conditions may speak of them
        tabs = [entry for entry in later if entry.kind_key == "form_tab"]
        for entry in made:
            if entry in tabs:
                self._apply_entry(entry, without={"condition"})
            elif entry not in later or entry in fields_:
                self._apply_entry(entry)
        if fields_:
            self.writer._finish_custom_fields(
                self.env["crm.custom.field"].union(*(entry.record for entry in fields_))
            )
        for entry in later:
            if entry in tabs:
                self._apply_entry(entry, only={"condition"})
            elif entry not in fields_:
                self._apply_entry(entry)
        results = self._remove_obsolete([entry for entry in taken if entry.action == OBSOLETE])
        self._note(lines, taken, results)

    def _apply_entry(self, entry, without=frozenset(), only=None):
        kind = entry.kind
        try:
            with self.env.cr.savepoint():
                spoken = self._get_spoken(entry)
                spoken = {
                    name: value
                    for name, value in spoken.items()
                    if name not in without and (only is None or name in only)
                }
                vals = self.codec._prepare_values(
                    spoken, kind.attributes, self.resolve, entry.values, entry.record
                )
                if entry.record:
                    self.writer._write_record(kind, entry.record, vals)
                else:
                    entry.record = self.writer._create_record(kind, vals)
                    self.keys[entry.record._name, entry.record.id] = entry.key
                self.codec._write_translations(entry.record, spoken, kind.attributes)
        except (UserError, ValidationError, IntegrityError) as error:
            raise UserError(
                self.env._(
                    "“%(name)s” (%(kind)s): %(error)s",
                    name=self._name(entry),
                    kind=kind.label,
                    error=error.args[0],
                )
            ) from error

    def _get_spoken(self, entry):
        """Return the values that are written: all of a new record, else what the pack changed."""
        if entry.action == pack_diff.NEW:
            return entry.values
        changed = {change.path[0] for change in entry.changes}
        spoken = pack_diff.merge(entry.values, entry.kind.attributes, entry.base, entry.base_given)
        return {name: value for name, value in spoken.items() if name in changed}

    def _remove_obsolete(self, entries):
        results = {}
        for entry in reversed(entries):
            if entry.kind_key != "custom_field":
                results[entry.key] = self.writer._remove_record(entry.kind, entry.record)
        fields_ = self.env["crm.custom.field"].browse(
            [entry.record.id for entry in entries if entry.kind_key == "custom_field"]
        )
        removed = self.writer._remove_custom_fields(fields_) if fields_ else {}
        for entry in entries:
            if entry.kind_key == "custom_field":
                results[entry.key] = removed[entry.record]
        return results

    def _note(self, lines, taken, results):
        """Keep what was here, and what is here now, for the next version and for rolling back."""
        taken_keys = {entry.key for entry in taken}
        for entry in self.entries.values():
            is_same = entry.action == pack_diff.UNCHANGED
            if entry.key not in taken_keys and not is_same:
                continue
            # sudo: what only imports write
            line = lines[entry.key].sudo()
            if entry.action == OBSOLETE:
                result, reason = results[entry.key]
                line.write({"before": entry.values, "reason": reason or line.reason})
                line.res_id = entry.record.id if result != "done" else 0
                continue
            line.write(
                {
                    "res_model": entry.record._name,
                    "res_id": entry.record.id,
                    "before": entry.old or False,
                    "given": entry.given,
                    "after": self.codec._read_values(entry.kind, entry.record, self.keys)[0],
                }
            )

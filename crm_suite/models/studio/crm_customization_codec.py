from ast import literal_eval
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import is_html_empty

from ...lib.pack_record import FORBIDDEN, SOURCE_LANGUAGE, identity_of

DIRECT_TYPES = frozenset(["text", "integer", "number", "boolean", "choice", "language"])
# kinds whose records may be without a name
UNNAMED_KINDS = frozenset(["form_default", "form_rule"])
TRANSLATED_TYPES = frozenset(["translated", "long_translated"])


class CrmCustomizationCodec(models.AbstractModel):
    """Records of this database as what packs say of them, and back.

    Keys stand for records, technical names for fields, external ids for groups: nothing in a
    pack is an id of a database.
    """

    _name = "crm.customization.codec"
    _description = "Reader and Writer of Customization Packs"

    # ------------------------------------------------------------------ records to values

    @api.model
    def _read_values(self, kind, records, keys=None):
        """Return what a pack says of records.

        :param keys: {(model, id): key} of records that have a key already
        :rtype: list[dict]
        :raise UserError: when one of them says what a pack cannot
        """
        keys = keys if keys is not None else {}
        records.check_access("read")
        self.env["crm.customization.registry"]._check_company(records)
        # sudo: whoever reads a record is told the names of what it names, as team or stage
        records = records.sudo()
        return [self._read_record(record, kind.attributes, keys, {}) for record in records]

    @api.model
    def _read_record(self, record, attributes, keys, above):
        values = {}
        for attribute in attributes:
            values[attribute.name] = self._read_value(record, attribute, keys, {**above, **values})
        return values

    @api.model
    def _read_value(self, record, attribute, keys, above):
        column, type_ = attribute.column, attribute.type
        if type_ in TRANSLATED_TYPES:
            return self._read_translations(record, column)
        value = record[column]
        if type_ in DIRECT_TYPES:
            if isinstance(value, models.BaseModel):
                return bool(value)  # whether it belongs to a company
            if type_ == "boolean":
                return bool(value)
            return value or (0 if type_ in ("integer", "number") else None)
        if type_ == "date":
            return fields.Date.to_string(value) or None
        if type_ == "model":
            return (value.model if isinstance(value, models.BaseModel) else value) or None
        if type_ == "name":
            return (value.name if isinstance(value, models.BaseModel) else value) or None
        if type_ == "names":
            return sorted(value.mapped("name"))
        if type_ == "group_names":
            return self._read_groups(value)
        if type_ == "reference":
            return self._get_key(value, keys) if value else None
        if type_ == "references":
            return sorted(self._get_key(each, keys) for each in value)
        if type_ == "domain":
            return self._read_domain(value, self._get_domain_model(attribute, above), keys)
        if type_ == "records":
            return [self._read_record(each, attribute.attributes, keys, above) for each in value]
        return self._read_constant(record, attribute, keys, above)

    @api.model
    def _read_translations(self, record, column):
        texts = {}
        for code in self._get_languages():
            value = record.with_context(lang=code)[column]
            if value and not is_html_empty(value):
                texts[code] = str(value)
        source = texts.get(SOURCE_LANGUAGE)
        if texts and not source:
            texts[SOURCE_LANGUAGE] = source = next(iter(texts.values()))
        return {
            code: text for code, text in texts.items() if code == SOURCE_LANGUAGE or text != source
        } or None

    @api.model
    def _read_groups(self, groups):
        allowed = set(self.env["crm.customization.registry"]._get_pack_groups())
        names = []
        # sudo: everybody is told who sees a field; configurators may not read external ids
        for group, found in groups.sudo()._get_external_ids().items():
            name = next((each for each in found if each in allowed), None)
            if name is None:
                raise UserError(
                    self.env._(
                        "it is limited to the group “%s”, which other databases do not have.",
                        # sudo: as above
                        groups.browse(group).sudo().display_name,
                    )
                )
            names.append(name)
        return sorted(names)

    @api.model
    def _read_domain(self, text, model, keys):
        try:
            domain = literal_eval(text or "[]")
        except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
            raise UserError(self.env._("its condition cannot be read.")) from error
        result = []
        for token in domain:
            if isinstance(token, str):
                result.append(token)
                continue
            path, operator, operand = token
            result.append([path, operator, self._port_operand(model, path, operand, keys)])
        return result

    @api.model
    def _port_operand(self, model, path, operand, keys):
        comodel = self._get_comodel(model, path)
        is_list = isinstance(operand, (list, tuple))
        ported = []
        for each in operand if is_list else [operand]:
            if comodel and type(each) is int and each:
                # sudo: what a condition names is no secret, and is only named
                record = self.env[comodel].sudo().browse(each).exists()
                if not record:
                    raise UserError(self.env._("its condition names a record that is gone."))
                ported.append({"ref": self._get_key(record, keys)})
            else:
                ported.append(each)
        return ported if is_list else ported[0]

    @api.model
    def _read_constant(self, record, attribute, keys, above):
        """Read a value of the field that a rule or a default is about."""
        value = record[attribute.column]
        if value is None or value is False or value == []:
            return None
        return self._port_operand(above["model"], self._get_target(above), value, keys)

    @api.model
    def _get_target(self, values):
        """Return the name of the field that a rule or a default is about."""
        return values.get("field") or next(iter(values.get("fields") or []), "")

    @api.model
    def _get_key(self, record, keys):
        """Return the key under which a pack names a record.

        :raise UserError: when packs cannot name such records
        """
        self.env["crm.customization.registry"]._check_company(record)
        if key := keys.get((record._name, record.id)):
            return key
        kind = next(
            (
                kind
                for kind in self.env["crm.customization.registry"]._get_all_kinds()
                if kind.model == record._name
            ),
            None,
        )
        if kind is None:
            # a condition may name what its reader must not
            shown = record.sudo(False)
            raise UserError(
                self.env._(
                    "it names “%(record)s” (%(model)s), which belongs to this database alone.",
                    record=shown.display_name if shown.has_access("read") else f"#{record.id}",
                    model=self.env["ir.model"]._get(record._name).name,
                )
            )
        return f"{kind.key}:{self._get_identity(kind, record)}"

    @api.model
    def _get_identity(self, kind, record):
        """Return what a record is called among those of its kind, in every database alike."""
        record = record.sudo().with_context(lang=SOURCE_LANGUAGE)  # sudo: names only
        if kind.key in UNNAMED_KINDS:
            names = {*kind.identity, "kind", "fields", "groups", "own_company"}
            attributes = [each for each in kind.attributes if each.name in names]
            try:
                values = self._read_record(record, attributes, {}, {})
            except UserError:
                values = {"model": record.model_name}
            return self._get_identity_of_values(kind, values, "")
        values = {}
        for name in kind.identity:
            attribute = kind.attribute(name)
            value = record[attribute.column if attribute else name]
            values[name] = value.model if getattr(value, "_name", "") == "ir.model" else value
        return self._clean_identity(identity_of(values, kind.identity))

    @api.model
    def _get_identity_of_values(self, kind, values, key):
        """Return what a record of a pack is called."""
        if kind.key not in UNNAMED_KINDS or values.get("name"):
            return self._clean_identity(identity_of(values, kind.identity))
        # what has no name is known by what it is about
        parts = [
            values.get("model") or "",
            values.get("kind") or "",
            ",".join(values.get("fields") or [values.get("field") or ""]),
            ",".join(values.get("groups") or []),
            "company" if values.get("own_company") else "",
        ]
        return self._clean_identity("/".join(part for part in parts if part))

    @api.model
    def _clean_identity(self, text):
        return " ".join(FORBIDDEN.sub(" ", text).split())[:400]

    # ------------------------------------------------------------------ keys to records

    @api.model
    def _find(self, kind, identity):
        """Return the record of a name, or none; of several, one that is not archived."""
        return self._find_all(kind, identity)[:1]

    @api.model
    def _find_all(self, kind, identity):
        """Return the records of a name, what is archived last.

        Looked for in the company of the user and among what all companies share.
        """
        parts = identity.split("/", len(kind.identity) - 1)
        # sudo: that something of this name is there decides what is proposed; what may be done
        # with it is decided by the rights of the user
        model = self.env[kind.model].sudo().with_context(active_test=False, lang=SOURCE_LANGUAGE)
        if len(parts) != len(kind.identity):
            return self.env[kind.model]
        domain = []
        for name, part in zip(kind.identity, parts, strict=True):
            attribute = kind.attribute(name)
            column = attribute.column if attribute else name
            if model._fields[column].comodel_name == "ir.model":
                column += ".model"
            elif kind.key in UNNAMED_KINDS:
                continue
            domain.append((column, "=", part))
        if "company_id" in model._fields:
            domain.append(("company_id", "in", [False, self.env.company.id]))
        found = model.search(domain, order="id")
        if kind.key in UNNAMED_KINDS:
            found = found.filtered(lambda each: self._get_identity(kind, each) == identity)
        if "active" in model._fields:
            found = found.sorted(lambda record: not record.active)
        return self.env[kind.model].browse(found.ids)

    # ------------------------------------------------------------------ values to records

    @api.model
    def _prepare_values(self, values, attributes, resolve, above=None, record=None, exact=False):
        """Return what `create` and `write` take, in the source language.

        :param resolve: key -> record
        :param record: the record that is written, if there is one
        :param exact: whether nested records that are not mentioned go, even where they may stay
        """
        above = {**(above or {}), **values}
        result = {}
        for attribute in attributes:
            if attribute.name in values:
                result[attribute.column] = self._prepare_value(
                    attribute, values[attribute.name], resolve, above, record, exact
                )
        return result

    @api.model
    def _prepare_value(self, attribute, value, resolve, above, record, exact):
        type_ = attribute.type
        if type_ in TRANSLATED_TYPES:
            return (value or {}).get(SOURCE_LANGUAGE) or False
        if type_ == "boolean" and attribute.column == "company_id":
            return self.env.company.id if value else False
        if type_ in DIRECT_TYPES:
            return value if value is not None else False
        if type_ == "model":
            return self.env["ir.model"]._get_id(value) if value else False
        if type_ == "name" and attribute.column.endswith("_id"):
            return self.env["ir.model.fields"]._get(above["model"], value).id
        if type_ in ("name", "date"):
            return value or False
        if type_ == "names":
            fields_ = self.env["ir.model.fields"]
            return [Command.set([fields_._get(above["model"], name).id for name in value])]
        if type_ == "group_names":
            return [Command.set([self.env.ref(name).id for name in value])]
        if type_ == "reference":
            return resolve(value).id if value else False
        if type_ == "references":
            return [Command.set([resolve(key).id for key in value])]
        if type_ == "domain":
            return str(self._prepare_domain(value, resolve))
        if type_ == "records":
            return self._prepare_records(attribute, value, resolve, above, record, exact)
        return self._prepare_constant(attribute, value, resolve, above)

    @api.model
    def _prepare_domain(self, domain, resolve):
        return [
            token
            if isinstance(token, str)
            else (token[0], token[1], self._resolve_operand(token[2], resolve))
            for token in domain
        ]

    @api.model
    def _resolve_operand(self, operand, resolve):
        if isinstance(operand, list):
            return [self._resolve_operand(each, resolve) for each in operand]
        return resolve(operand["ref"]).id if isinstance(operand, dict) else operand

    @api.model
    def _prepare_records(self, attribute, value, resolve, above, record, exact):
        former = self._get_nested(record, attribute) if record else {}
        commands = []
        for values in value:
            nested = former.pop(identity_of(values, attribute.identity), None)
            prepared = self._prepare_values(
                values, attribute.attributes, resolve, above, nested, exact
            )
            commands.append(
                Command.update(nested.id, prepared) if nested else Command.create(prepared)
            )
        if exact or not attribute.keeps:
            commands += [Command.delete(nested.id) for nested in former.values()]
        return commands

    @api.model
    def _prepare_constant(self, attribute, value, resolve, above):
        """Prepare a value of the field that a rule or a default is about."""
        return self._resolve_operand(value, resolve) if value is not None else False

    @api.model
    def _get_nested(self, record, attribute):
        """Return the nested records of a record by their identity."""
        found = {}
        for nested in record[attribute.column]:
            try:
                values = self._read_record(nested, attribute.attributes, {}, {})
            except UserError:
                continue
            found[identity_of(values, attribute.identity)] = nested
        return found

    @api.model
    def _write_translations(self, record, values, attributes):
        """Write what values say in the other languages of this database."""
        texts_by_language = defaultdict(dict)
        for attribute in attributes:
            value = values.get(attribute.name)
            if not value:
                continue
            if attribute.type == "records":
                nested = self._get_nested(record, attribute)
                for each in value:
                    if found := nested.get(identity_of(each, attribute.identity)):
                        self._write_translations(found, each, attribute.attributes)
            elif attribute.type in TRANSLATED_TYPES:
                field = record._fields[attribute.column]
                for code, text in value.items():
                    if code == SOURCE_LANGUAGE or not field.translate:
                        continue
                    if callable(field.translate):
                        self._translate_terms(record, field, code, text)
                    else:
                        texts_by_language[code][attribute.column] = text
        for code, texts in texts_by_language.items():
            here = record.with_context(lang=code)
            changed = {column: text for column, text in texts.items() if here[column] != text}
            if changed:
                here.write(changed)

    @api.model
    def _translate_terms(self, record, field, code, text):
        """Of a formatted text each term has its translation."""
        source = field.get_trans_terms(record.with_context(lang=SOURCE_LANGUAGE)[field.name])
        terms = field.get_trans_terms(text)
        if len(terms) == len(source):
            record.update_field_translations(
                field.name, {code: dict(zip(source, terms, strict=True))}
            )

    # ------------------------------------------------------------------ helpers

    @api.model
    def _get_languages(self):
        """Return the codes of the languages of this database, the source language first."""
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        return [SOURCE_LANGUAGE, *(code for code in codes if code != SOURCE_LANGUAGE)]

    @api.model
    def _localise(self, values, attributes):
        """Return values in the languages of this database.

        A language that is spoken here under another code, as Arabic of another country, is taken.
        """
        result = {}
        for attribute in attributes:
            if attribute.name not in values:
                continue
            value = values[attribute.name]
            if value and attribute.type in TRANSLATED_TYPES:
                value = {
                    code: text
                    for code in self._get_languages()
                    if (text := self._pick(value, code))
                    and (code == SOURCE_LANGUAGE or text != value[SOURCE_LANGUAGE])
                }
            elif value and attribute.type == "records":
                value = [self._localise(each, attribute.attributes) for each in value]
            elif value and attribute.type == "language":
                value = self._pick_language(value)
            result[attribute.name] = value
        return result

    @api.model
    def _pick(self, texts, code):
        code = code or SOURCE_LANGUAGE
        if code in texts:
            return texts[code]
        base = code.partition("_")[0]
        if code == SOURCE_LANGUAGE or base == "en":
            return None
        return texts.get(base) or next(
            (text for other, text in sorted(texts.items()) if other.partition("_")[0] == base),
            None,
        )

    @api.model
    def _pick_language(self, code):
        """Return the language of this database that is the same, else the same in a country."""
        codes = self._get_languages()
        base = code.partition("_")[0]
        return (
            code
            if code in codes
            else next((each for each in codes if each.partition("_")[0] == base), code)
        )

    @api.model
    def _get_domain_model(self, attribute, above):
        """Return the model whose records a condition selects."""
        if attribute.name == "domain":
            return above.get("comodel")
        if attribute.name == "allowed_domain":
            return self._get_comodel(above.get("model"), self._get_target(above))
        return above.get("model")

    @api.model
    def _get_comodel(self, model, path):
        """Return the model that a path of fields ends at, None when it ends at a plain value."""
        names = str(path).split(".")
        for number, name in enumerate(names):
            field = self.env[model]._fields.get(name) if model in self.env else None
            if field is None:
                return None
            if name == "id" and number == len(names) - 1:
                return model
            model = field.comodel_name
        return model

    @api.model
    def _get_path_problem(self, model, path, extra=()):
        """Return why a condition cannot use a path of fields, None when it can.

        :param extra: names of fields of `model` that the pack brings
        """
        names = path.split(".")
        if len(names) == 1 and path in extra:
            return None
        for name in names:
            field = self.env[model]._fields.get(name) if model and model in self.env else None
            if field is None or field.groups or not field._description_searchable:
                return self.env._("there is no field “%s” that everybody may read.", path)
            model = field.comodel_name
        return None

    @api.model
    def _domain_paths(self, domain):
        return [
            token[0] for token in domain if not isinstance(token, str) and isinstance(token[0], str)
        ]

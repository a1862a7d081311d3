from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import html_sanitize

from ..journey_message.crm_journey_node import CONTENT, SWITCHES
from . import references
from .message_html import drop_code

# Made anew in each database, or chosen by those who may
NOT_EXCHANGED = {"mailing_id", "server_action_id"}
FILTERS = {"domain": "model_name"}
HTML = ("body_arch", "body_html")
MOST_NUMBER = 1_000_000_000
# These are fields of what goes through the journey
OWN_FIELDS = {"date_field_id", "hook_field_id"}


class CrmJourneyNode(models.Model):
    """Nodes as they stand in a file, and as they are made of one."""

    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    def _get_exchanged_names(self):
        """:return: settings and texts that go into a file"""
        names = [
            name
            for name in self._get_setting_names()
            if name not in NOT_EXCHANGED and self._has_field_access(self._fields[name], "write")
        ]
        texts = [name for name in names if self._fields[name].translate]
        return [name for name in names if name not in texts], texts

    # ------------------------------------------------------------------
    # Export
    # ------------------------------------------------------------------

    def _export_node(self, languages):
        """:return: the node as `lib/journey_file` knows it"""
        self.ensure_one()
        names, texts = self._get_exchanged_names()
        settings = {
            name: self._export_setting(name)
            for name in names
            if self[name] or self._fields[name].default
        }
        data = {
            "uid": self.uid,
            "kind": self.kind,
            "x": self.x,
            "y": self.y,
            "settings": settings,
            "texts": {name: export_texts(self, name, languages) for name in texts if self[name]},
        }
        if self.arm_ids:
            data["arms"] = [
                {
                    "port": arm.port,
                    "name": export_texts(arm, "name", languages),
                    "weight": arm.weight,
                }
                for arm in self.arm_ids
            ]
        if message := self._export_message():
            data["message"] = message
            # sudo: whether there are files, no more
            data["has_files"] = bool(self.sudo().mailing_id.attachment_ids)
        return data

    def _export_setting(self, name):
        field, value = self._fields[name], self[name]
        if name in FILTERS:
            return references.export_filter(self.env, self[FILTERS[name]], value)
        if name == "update_res_id":
            model = self.update_relation
            known = value and model in self.env
            return references.describe(self.env[model].browse(value)) if known else None
        if field.type == "many2many":
            return [references.describe(record) for record in value]
        if field.type == "many2one":
            return references.describe(value) if value else None
        plain = self._get_plain_value(name)
        return None if plain is False and field.type != "boolean" else plain

    # ------------------------------------------------------------------
    # Import
    # ------------------------------------------------------------------

    def _prepare_imported_values(self, data, journey, missing):
        """Make the values of a node.

        :param missing: list to which texts are added on what could not be found
        """
        names, texts = self._get_exchanged_names()
        settings = data.get("settings", {})
        unknown = [
            *(name for name in settings if name not in names),
            *(name for name in data.get("texts", {}) if name not in texts),
        ]
        if unknown:
            raise UserError(self.env._("The file holds an unknown setting: %s", unknown[0]))
        title = get_text(data.get("texts", {}).get("name")) or dict(
            self._fields["kind"]._description_selection(self.env)
        ).get(data["kind"])
        values = {"uid": data["uid"], "kind": data["kind"]}
        values |= {name: data.get(name, 0) for name in ("x", "y")}
        values |= {name: get_text(words) for name, words in data.get("texts", {}).items()}
        for name, value in settings.items():
            if name != "update_res_id":
                values[name] = self._import_setting(name, value, title, journey, missing)
        values["update_res_id"] = self._import_update_value(values, settings, title, missing)
        values["arm_ids"] = [
            Command.create(
                {
                    "port": arm["port"],
                    "name": get_text(arm["name"]),
                    "weight": arm["weight"],
                    "sequence": 10 + at,
                }
            )
            for at, arm in enumerate(data.get("arms", ()))
        ]
        missing += [f"{title}: {words}" for words in self._find_chosen_again(data, values)]
        return values

    def _import_setting(self, name, value, title, journey, missing):
        field = self._fields[name]
        label = field.get_description(self.env, ["string"])["string"]
        if name in FILTERS:
            return journey._import_filter(value, f"{title}, {label}", missing)
        if field.type in ("many2one", "many2many"):
            several = field.type == "many2many"
            given = value if several else [value] if value is not None else []
            if not isinstance(given, list) or len(given) > 1000:
                self._refuse_setting(field)
            records = self.env[field.comodel_name]
            for reference in given:
                if not references.is_reference(reference):
                    self._refuse_setting(field)
                record = references.find(self.env, field.comodel_name, reference)
                # sudo: whose field that is, no more
                if name in OWN_FIELDS and record.sudo().model != journey.model_name:
                    record = record.browse()
                if not record:
                    missing.append(f"{title}, {label}: {references.tell(reference)}")
                records |= record
            return [Command.set(records.ids)] if several else records.id
        return self._import_plain(field, value)

    def _import_plain(self, field, value):
        """:return: the value of a field that names no record"""
        kind = type(value)
        if field.type == "boolean":
            is_fit = kind is bool
        elif field.type in ("integer", "float"):
            numbers = (int, float) if field.type == "float" else (int,)
            is_fit = kind in numbers and abs(value) <= MOST_NUMBER
        elif value is None:
            return False
        elif field.type == "selection":
            is_fit = kind is str and value in field.get_values(self.env)
        elif field.type in ("char", "text"):
            is_fit = kind is str and len(value) <= 10000
        elif field.type in ("date", "datetime"):
            is_fit = kind is str and self._is_date(field, value)
        else:
            is_fit = False
        if not is_fit:
            self._refuse_setting(field)
        return value

    def _is_date(self, field, value):
        try:
            moment = (fields.Date if field.type == "date" else fields.Datetime).to_datetime(value)
        except ValueError:
            return False
        return bool(moment) and 1900 < moment.year < 3000

    def _import_update_value(self, values, settings, title, missing):
        """:return: the record that is written into a field"""
        reference = settings.get("update_res_id")
        if reference is None:
            return False
        if not references.is_reference(reference):
            self._refuse_setting(self._fields["update_res_id"])
        # sudo: what the field leads to; the record is looked for with the rights of the user
        field = self.env["ir.model.fields"].sudo().browse(values.get("update_field_id") or ())
        record = None
        if field.relation and field.relation in self.env:
            record = references.find(self.env, field.relation, reference)
        if not record:
            missing.append(f"{title}: {references.tell(reference)}")
        return record.id if record else False

    def _refuse_setting(self, field):
        label = field.get_description(self.env, ["string"])["string"]
        raise UserError(self.env._("The file holds a value that does not fit: %s", label))

    def _find_chosen_again(self, data, values):
        """:return: what never travels, in words"""
        words = []
        if data["kind"] == "server_action":
            words.append(self.env._("Choose the server action again."))
        if data["kind"] == "webhook":
            words.append(self.env._("Choose the webhook again."))
        if data["kind"] == "trigger" and values.get("trigger") == "webhook":
            words.append(self.env._("Give the other program the new address and secret."))
        if data.get("has_files"):
            words.append(self.env._("Attach the files of the message again."))
        if values.get("form_ref"):
            words.append(self.env._("Check which form is meant."))
        return words

    def _import_texts(self, data, languages):
        """Write the words of other languages."""
        for name, words in data.get("texts", {}).items():
            import_texts(self, name, words, languages)
        arms = {arm.port: arm for arm in self.arm_ids}
        for arm in data.get("arms", ()):
            import_texts(arms[arm["port"]], "name", arm["name"], languages)

    def _import_written(self, message, missing):
        """Make the message, without scripts and without code."""
        if self._is_unknown_message(message):
            raise UserError(self.env._("The file holds an unknown part of a message."))
        cleaned = {}
        for name, text in message.items():
            if isinstance(text, bool):
                cleaned[name] = text
                continue
            if name in HTML:
                text = html_sanitize(
                    text,
                    sanitize_tags=True,
                    sanitize_attributes=False,
                    sanitize_form=True,
                    sanitize_conditional_comments=True,
                    output_method="xml",
                )
            cleaned[name] = drop_code(str(text), name in HTML)
            if cleaned[name] != str(text):
                missing.append(
                    self.env._("%s: code in the message was left out.", self.display_name)
                )
        self._import_message(cleaned)

    def _is_unknown_message(self, message):
        return any(
            name not in (SWITCHES if isinstance(value, bool) else CONTENT).get(self.kind, ())
            for name, value in message.items()
        )


def export_texts(record, name, languages):
    """:return: a translated text in all languages"""
    return {
        code: text for code in languages if (text := record.with_context(lang=code)[name]) or text
    }


def get_text(words):
    """:return: the text that stands for all languages"""
    return words and (words.get("en_US") or next(iter(words.values())))


def import_texts(record, name, words, languages):
    """Write the translations of a text, in the languages that are there."""
    if known := {code: text for code, text in words.items() if code in languages and text}:
        record.update_field_translations(name, known)

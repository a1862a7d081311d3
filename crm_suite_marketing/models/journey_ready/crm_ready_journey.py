import json

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import file_open

from ...lib.ready_mail import make_body

FOLDER = "crm_suite_marketing/data/ready_journeys"
# Language of the texts -> code in Odoo
LANGUAGES = {"en": "en_US", "ar": "ar_001"}


class CrmReadyJourney(models.Model):
    """A journey that somebody has thought out: whoever uses it gets a draft with its messages
    written, and changes what should be said otherwise.
    """

    _name = "crm.ready.journey"
    _description = "Ready Journey"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    description = fields.Text(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    key = fields.Char(required=True, readonly=True)
    model_id = fields.Many2one(
        "ir.model", "Participants", required=True, readonly=True, ondelete="cascade", index=True
    )
    icon = fields.Char(default="fa-road")
    step_count = fields.Integer("Steps", compute="_compute_content")
    message_count = fields.Integer("Messages", compute="_compute_content")

    _key_uniq = models.UniqueIndex("(key)", "There is a ready journey with that key.")

    @api.constrains("key")
    def _check_key(self):
        for ready in self:
            if not ready.key.replace("_", "").isalnum():
                raise ValidationError(self.env._("The key is made of letters and figures."))

    @api.depends("key")
    def _compute_content(self):
        for ready in self:
            kinds = [node["kind"] for node in ready._read_content()["nodes"]]
            ready.step_count = len([kind for kind in kinds if kind != "trigger"])
            ready.message_count = len([kind for kind in kinds if kind in ("mail", "sms")])

    def _read_content(self):
        """:return: what the file says, with the texts in both languages"""
        self.ensure_one()
        with file_open(f"{FOLDER}/{self.key}.json", "r", filter_ext=(".json",)) as file:
            return json.load(file)

    def action_use(self):
        """Make a journey of it in the language of the user, and open it."""
        self.ensure_one()
        lang = "ar" if (self.env.lang or "").startswith("ar") else "en"
        journey = self._make_journey(lang)
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.journey",
            "res_id": journey.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # Making
    # ------------------------------------------------------------------

    def _make_journey(self, lang):
        """Return a draft of this journey; what it is called stands in both languages.

        :param lang: of the messages: ``en`` or ``ar``
        """
        self.ensure_one()
        if not self.env["crm.journey"].has_access("create"):
            raise AccessError(self.env._("Only marketing users make journeys."))
        content = self._read_content()
        settings = dict(content["settings"])
        purpose = self._find(settings.pop("purpose", "crm_suite_marketing.purpose_offers"))
        journey = (
            self.env["crm.journey"]
            .with_context(lang="en_US")
            .create(
                {
                    "name": content["name"]["en"],
                    "description": content["description"]["en"],
                    # which models there are is no secret; journeys of them need rights of their own
                    "model_id": self.env["ir.model"]._get_id(content["model"]),
                    "purpose_id": purpose and purpose.id,
                    **settings,
                }
            )
        )
        self._translate(journey, {"name": content["name"], "description": content["description"]})
        version = journey.draft_version_id
        version.node_ids.unlink()
        nodes = {}
        for data in content["nodes"]:
            nodes[data["uid"]] = self._make_node(version, data, lang)
        self.env["crm.journey.edge"].create(
            [
                {
                    "version_id": version.id,
                    "source_id": nodes[edge["source"]].id,
                    "port": edge["port"],
                    "target_id": nodes[edge["target"]].id,
                }
                for edge in content["edges"]
            ]
        )
        return journey.with_context(lang=self.env.lang)

    def _make_node(self, version, data, lang):
        values = {name: value for name, value in data.items() if name in version.node_ids._fields}
        texts = self._find_texts(data)
        values |= {name: words["en"] for name, words in texts.items()}
        if "arms" in data:
            values["arm_ids"] = [
                Command.create(
                    {"port": arm["port"], "name": arm["name"]["en"], "weight": arm["weight"]}
                )
                for arm in data["arms"]
            ]
        values |= self._prepare_setting_values(version, data)
        values["version_id"] = version.id
        node = self.env["crm.journey.node"].with_context(lang="en_US").create(values)
        self._translate(node, texts)
        for arm, arm_data in zip(node.arm_ids, data.get("arms", ()), strict=True):
            self._translate(arm, {"name": arm_data["name"]})
        if "mail" in data:
            self._write_message(node, data["mail"], lang)
        return node

    def _prepare_setting_values(self, version, data):
        """:return: values of the settings that name other records, which differ by database"""
        values = {}
        if stage := self._find(data.get("stage")):
            values["stage_id"] = stage.id
        if data.get("date_field"):
            model = version.journey_id.model_name
            # sudo: which field that is, no more
            Field = self.env["ir.model.fields"].sudo()
            values["date_field_id"] = Field._get(model, data["date_field"]).id
        if "tag" in data:
            values |= {"target": "record", "change": "add"}
            values["category_ids"] = [Command.set(self._find_tag(data["tag"]).ids)]
        if "activity" in data:
            kind = self._find(data["activity"]["type"])
            values |= {
                "activity_type_id": kind and kind.id,
                "activity_days": data["activity"]["days"],
            }
        return values

    def _find_texts(self, data):
        """:return: texts of the node that are translated, by field"""
        texts = {"name": data["name"]} if "name" in data else {}
        if "activity" in data:
            texts |= {"title": data["activity"]["summary"], "note": data["activity"]["note"]}
        if "lead" in data:
            texts["title"] = {lang: f"{words}: [[name]]" for lang, words in data["lead"].items()}
        return texts

    def _write_message(self, node, data, lang):
        node._make_message()
        node.mailing_id.write(
            {
                "subject": data["subject"][lang],
                "preview": data.get("preview", {}).get(lang),
                "body_arch": make_body(data["body"], lang),
                "body_html": make_body(data["body"], lang),
            }
        )

    def _find_tag(self, words):
        """:return: the tag of that name, made where it lacks"""
        Tag = self.env["res.partner.category"].with_context(lang="en_US")
        tag = Tag.search([("name", "=", words["en"])], limit=1)
        if not tag:
            # sudo: marketing users may not make tags; this one is ours
            tag = Tag.sudo().create({"name": words["en"]})
            self._translate(tag, {"name": words})
        return tag

    def _translate(self, record, texts):
        """Write the Arabic of these fields, where Arabic is installed."""
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        for name, words in texts.items():
            if LANGUAGES["ar"] in installed:
                record.update_field_translations(name, {LANGUAGES["ar"]: words["ar"]})

    def _find(self, xml_id):
        return xml_id and self.env.ref(xml_id, raise_if_not_found=False)

from werkzeug.datastructures import MultiDict

from odoo import api, models

FILES = ("binary", "image")
MAX_FIELDS = 100


class CrmTicketIntake(models.AbstractModel):
    """Other programs fill in the custom fields that customers are asked for on the portal.

    They send what a page would send, as JSON has it; it passes the same checks.
    """

    _name = "crm.ticket.intake"
    _inherit = ["crm.ticket.intake"]

    @api.model
    def _get_custom_asked(self):
        outlet = self.env["crm.custom.outlet"]
        asked = outlet._get_fields("crm.ticket", "portal", "ask")
        described = outlet._describe("crm.ticket", asked)
        return {field["name"]: field for field in described if field["kind"] not in FILES}

    @api.model
    def _describe_custom(self):
        return [
            {
                "name": field["name"],
                "label": field["label"],
                "kind": field["kind"],
                "required": field["required"],
                "options": [{"value": value, "name": label} for value, label in field["options"]],
            }
            for field in self._get_custom_asked().values()
        ]

    @api.model
    def _check_custom(self, value):
        """Return checked texts of custom fields; nothing when none was sent, so that a request
        without any is the same as ever.
        """
        if value is None or value is False or value == {}:
            return {}
        if not isinstance(value, dict) or len(value) > MAX_FIELDS:
            self._refuse(self.env._("custom must be an object of values by technical name."))
        asked = self._get_custom_asked()
        sent = MultiDict()
        for name, given in value.items():
            if name not in asked:
                self._refuse(self.env._("There is no custom field %s.", str(name)[:100]))
            sent.setlist(name, self._get_custom_texts(name, asked[name]["kind"], given))
        outlet = self.env["crm.custom.outlet"]
        # what is required is not asked here: rules hold for the ticket, and say so
        described = [{**asked[name], "required": False} for name in value]
        texts, errors = outlet._read_sent(described, sent)
        words = outlet._get_error_texts()
        for name, code in errors.items():
            self._refuse(
                self.env._("%(field)s: %(problem)s", field=name, problem=words.get(code, code))
            )
        return {"custom": texts}

    @api.model
    def _get_custom_texts(self, name, kind, given):
        """Return a value of JSON as a page would send it."""
        values = given if kind == "many2many" and isinstance(given, list) else [given]
        texts = []
        for value in values:
            if value is None or value is False:
                continue
            if value is True and kind == "boolean":
                texts.append("1")
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                texts.append(str(value))
            elif isinstance(value, str):
                texts.append(value)
            else:
                self._refuse(self.env._("%s must be a text or a number.", name))
        return texts

    @api.model
    def _read_custom(self, asked):
        texts = asked.get("custom") or {}
        described = [field for name, field in self._get_custom_asked().items() if name in texts]
        return self.env["crm.custom.outlet"]._to_values(described, texts)

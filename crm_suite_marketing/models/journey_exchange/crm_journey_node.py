from odoo import Command, models

from . import references

# Made by the message, or numbers of this database
LEFT_OUT = {"mailing_id", "update_res_id"}


class CrmJourneyNode(models.Model):
    """Nodes as data that another database understands."""

    # each room extends nodes by itself
    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    def _export_values(self):
        """:return: the node with its settings and what its message says"""
        self.ensure_one()
        settings = {}
        for name in self._get_setting_names():
            if name in LEFT_OUT or not self[name]:
                continue
            type_ = self._fields[name].type
            if type_ == "many2one":
                settings[name] = references.describe(self[name])
            elif type_ == "many2many":
                settings[name] = [references.describe(record) for record in self[name]]
            else:
                settings[name] = self._get_plain_value(name)
        # what is empty on purpose is no default of the other side
        empty = [
            name
            for name in self._get_setting_names()
            if name not in LEFT_OUT and not self[name] and self._fields[name].default
        ]
        return {
            "uid": self.uid,
            "kind": self.kind,
            "x": self.x,
            "y": self.y,
            "settings": dict.fromkeys(empty, False) | settings,
            "arms": [
                {"port": arm.port, "name": arm.name, "weight": arm.weight} for arm in self.arm_ids
            ],
            "message": self._export_message(),
        }

    def _prepare_import_values(self, data):
        """:return: values of a node, and the labels of the settings that this database lacks"""
        values = {name: data.get(name, 0) for name in ("x", "y")}
        values |= {"uid": data["uid"], "kind": data["kind"]}
        values["arm_ids"] = [
            Command.create({"port": arm["port"], "name": arm["name"], "weight": arm["weight"]})
            for arm in data.get("arms", [])
        ]
        missing, labels = [], self.fields_get(attributes=["string"])
        known = set(self._get_setting_names()) - LEFT_OUT
        for name in sorted(known & data.get("settings", {}).keys()):
            field, value = self._fields[name], data["settings"][name]
            if field.type == "many2one":
                found = references.find(self.env[field.comodel_name], value)
                values[name] = found.id
                lacks = value and not found
            elif field.type == "many2many":
                wanted = value if isinstance(value, list) else []
                model = self.env[field.comodel_name]
                found = [references.find(model, one) for one in wanted]
                values[name] = [Command.set([record.id for record in found if record])]
                lacks = not all(found)
            else:
                lacks = not isinstance(value, (str, int, float, bool))
                if not lacks:
                    values[name] = value
            if lacks:
                missing.append(labels.get(name, {}).get("string") or name)
        return values, missing

import hashlib

from odoo import models
from odoo.tools import format_datetime, formatLang

from ..journey_report.filter_words import describe_filter

# Keys of settings that are no fields
ARM = "arm:"
MESSAGE = "message:"
BODY = "message:body"
# Each version has its own copy of the message: what it says is compared
NOT_COMPARED = {"mailing_id"}
FILTERS = {"domain"}
NODES = {"about_node_uid", "jump_uid"}
LONGEST = 200


class CrmJourneyNode(models.Model):
    """Settings of nodes in words, of which nobody reads more than he may see."""

    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    def _get_comparable(self):
        """:return: the settings as plain data, and what the arms and the message are"""
        self.ensure_one()
        settings = {
            name: self._get_plain_value(name)
            for name in self._get_setting_names()
            if name not in NOT_COMPARED
        }
        for arm in self.arm_ids:
            settings[f"{ARM}{arm.port}"] = [arm.name, arm.weight]
        for name, text in self._export_message().items():
            settings[f"{MESSAGE}{name}"] = text
        if self.kind == "webhook" and self.mailing_id:
            # sudo: whether it is the same, no more
            settings[f"{MESSAGE}webhook_id"] = self.mailing_id.sudo().webhook_id.id
        if f"{MESSAGE}body_arch" in settings:
            # the editor keeps the text twice: one change is told once
            text = settings.pop(f"{MESSAGE}body_arch") + settings.pop(f"{MESSAGE}body_html")
            settings[BODY] = hashlib.sha256(text.encode()).hexdigest()
        return settings

    def _get_setting_label(self, name):
        """:return: what people call the setting; nothing where this node does not have it"""
        if name.startswith(ARM):
            arm = self._get_arm(name)
            return self.env._("Way “%s”", arm.name) if arm else ""
        if name.startswith(MESSAGE):
            return {
                "subject": self.env._("Subject"),
                "preview": self.env._("Preview Text"),
                "webhook_id": self.env._("Webhook"),
                "at_usual_hour": self.mailing_id._fields["at_usual_hour"].get_description(
                    self.env, ["string"]
                )["string"],
            }.get(name.removeprefix(MESSAGE), self.env._("Text of the Message"))
        if name == "kind":
            return self.env._("What It Does")
        return self._fields[name].get_description(self.env, ["string"])["string"]

    def _get_arm(self, name):
        return self.arm_ids.filtered(lambda arm: arm.port == name.removeprefix(ARM))

    def _describe_setting(self, name):
        """:return: what is set, in words; nothing where it is empty"""
        self.ensure_one()
        if name.startswith(ARM):
            arm = self._get_arm(name)
            return (
                self.env._("%(name)s, share %(share)s", name=arm.name, share=arm.weight)
                if (arm)
                else False
            )
        if name.startswith(MESSAGE):
            return self._describe_message_part(name.removeprefix(MESSAGE))
        field, value = self._fields[name], self[name]
        if name in FILTERS:
            return describe_filter(self.env, self.model_name, value)
        if name in NODES:
            node = self.version_id.node_ids.filtered(lambda one: one.uid == value)
            return node.display_name if node else False
        if name == "update_res_id":
            model = self.update_relation
            return (
                self._describe_records(self.env[model].browse(value))
                if (value and model in self.env)
                else False
            )
        return self._describe_value(field, value)

    def _describe_value(self, field, value):
        if field.relational:
            return self._describe_records(value)
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.type == "selection":
            return self._get_choice(field.name)
        if field.type == "datetime":
            return value and format_datetime(self.env, value, dt_format="short")
        if field.name == "at_hour":
            hours, minutes = divmod(round(value * 60), 60)
            return f"{hours:02}:{minutes:02}"
        if field.type == "float":
            return formatLang(self.env, value)
        return _shorten(str(value)) if value or field.type == "integer" else False

    def _describe_records(self, records):
        """:return: names of those that the reader may read"""
        readable = records.exists()._filtered_access("read")
        names = readable.mapped("display_name")
        if hidden := len(records) - len(readable):
            names.append(self.env._("%s that you may not see", hidden))
        return ", ".join(names)

    def _describe_message_part(self, name):
        if name in ("subject", "preview"):
            return _shorten(self._export_message().get(name) or "")
        if name == "at_usual_hour":
            return self.env._("Yes") if self.mailing_id.at_usual_hour else self.env._("No")
        if name == "webhook_id":
            # sudo: its name, which the form of the node shows as well
            return self.mailing_id.sudo().webhook_id.name
        return self.env._("The text was changed") if self.mailing_id else False


def _shorten(text):
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

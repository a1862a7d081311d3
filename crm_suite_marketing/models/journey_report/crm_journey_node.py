from odoo import models

from odoo.addons.crm_suite.lib.filter_text import parse_conditions

from .filter_words import describe_filter


class CrmJourneyNode(models.Model):
    """Nodes in words: what they ask, what they do."""

    # each room extends a model by itself
    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    def _get_arms_by_port(self):
        """:return: the arms of these nodes by their keys; that of the newest version for each"""
        versions = self.version_id.sorted("number")
        found = {}
        for version in versions:
            for arm in self.filtered(lambda node, of=version: node.version_id == of).arm_ids:
                found[arm.port] = arm
        return found

    def _asks_anything(self):
        """Say whether a node asks for something: a goal that asks for nothing is reached by
        coming.
        """
        self.ensure_one()
        return (
            bool(self.event)
            if self.asks == "event"
            else bool(parse_conditions(self.domain or "[]"))
        )

    def _describe_question(self):
        """:return: what a condition, a branch, a goal or a test asks, in words"""
        self.ensure_one()
        if self.kind in ("split", "ab"):
            return self.env._("Which way “%s” chooses", self.display_name)
        if not self._asks_anything():
            return ""
        if self.asks == "event":
            return self._describe_event()
        return describe_filter(self.env, self.model_name, self.domain)

    def _describe_event(self):
        events = dict(self._fields["event"]._description_selection(self.env))
        event = events.get(self.event, self.event)
        about = self.about_mailing_id.display_name
        if self.about_node_uid:
            of = self.version_id.node_ids.filtered(lambda one: one.uid == self.about_node_uid)
            about = of.display_name
        about = about or self.url_part or self._get_form_name()
        return f"{event}: {about}" if about else event

    def _describe_action(self):
        """:return: what a node does, in words"""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        kind = kinds[self.kind]
        return f"{kind}: {self.name}" if self.name else kind

from odoo import models

from ...lib import journey_diff
from .crm_journey_node import BODY


class CrmJourneyVersion(models.Model):
    """What changed from one version to another, in words."""

    _inherit = "crm.journey.version"  # pylint: disable=consider-merging-classes-inherited

    def _get_comparable(self):
        """:return: the version as `lib/journey_diff` knows it"""
        self.ensure_one()
        nodes = self.node_ids
        return {
            "nodes": [
                {"uid": node.uid, "kind": node.kind, "settings": node._get_comparable()}
                for node in nodes
            ],
            "edges": [
                {"source": edge.source_id.uid, "port": edge.port, "target": edge.target_id.uid}
                for edge in self.edge_ids
                if edge.source_id in nodes and edge.target_id in nodes
            ],
        }

    def _describe_changes(self, other):
        """Tell how this version became the other one.

        :return: list of ``{"change", "step", "what", "before", "after"}`` in words
        """
        self.check_access("read")
        other.check_access("read")
        old = {node.uid: node for node in self.node_ids}
        new = {node.uid: node for node in other.node_ids}
        described = []
        for change in journey_diff.compare(self._get_comparable(), other._get_comparable()):
            was, is_now = old.get(change.uid), new.get(change.uid)
            describe = getattr(self, f"_describe_{change.what}_change")
            described.append(
                {
                    "change": "changed",
                    "step": (is_now or was).display_name,
                    **describe(change, was, is_now, old, new),
                }
            )
        return described

    def _describe_node_change(self, change, was, is_now, _old, _new):
        return {
            "change": "removed" if was else "added",
            "what": (was or is_now)._get_choice("kind"),
            "before": was.summary if was else False,
            "after": is_now.summary if is_now else False,
        }

    def _describe_setting_change(self, change, was, is_now, _old, _new):
        return {
            "what": is_now._get_setting_label(change.name)
            or was._get_setting_label(change.name)
            or change.name,
            # of a whole text it is said that it changed, no more
            "before": change.name != BODY and was._describe_setting(change.name),
            "after": is_now._describe_setting(change.name),
        }

    def _describe_way_change(self, change, was, is_now, old, new):
        node = is_now if change.after else was
        return {
            "what": self.env._("Way Out: %s", node._describe_port(change.name)),
            "before": old[change.before].display_name if change.before else False,
            "after": new[change.after].display_name if change.after else False,
        }

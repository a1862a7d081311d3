from odoo import models

from .filter_words import asks_hidden


class CrmJourney(models.Model):
    """What a journey brought, and why somebody is or is not in it."""

    # each room extends a model by itself
    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    def _asks_as_responsible(self, version):
        """Say whether the reader is told what filters say with the rights of the responsible: they
        are his, once somebody who might has launched them.
        """
        return version.state != "draft" or self._may_ask_as_responsible()

    def _hides_conditions(self, conditions):
        """Say whether a filter asks about what the reader may not see."""
        return not self._may_ask_as_responsible() and any(
            asks_hidden(self.env, self.model_name, condition)
            for condition in conditions
            if isinstance(condition, list | tuple)
        )

    def action_view_results(self):
        """Show what the versions and the ways of tests brought, side by side."""
        self.ensure_one()
        result = self.env["crm.journey.result"].create({"journey_id": self.id})
        result._fill()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Results of %s", self.display_name),
            "res_model": "crm.journey.result",
            "res_id": result.id,
            "view_mode": "form",
        }

    def action_view_performance(self):
        """Show how those who entered fared, day by day."""
        return self._open_report("crm_journey_performance_action")

    def action_view_node_performance(self):
        """Show what became of people at each node."""
        return self._open_report("crm_journey_node_performance_action")

    def _open_report(self, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(f"crm_suite_marketing.{name}")
        action["domain"] = [("journey_id", "in", self.ids)]
        action["context"] = {"search_default_group_version": 1}
        return action

    def action_simulate(self):
        """Walk through the journey on paper, for one record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulate"),
            "res_model": "crm.journey.simulation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_journey_id": self.id, "dialog_size": "extra-large"},
        }

    def action_explain(self):
        """Ask why somebody is, or is not, in the journey."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why?"),
            "res_model": "crm.journey.account",
            "view_mode": "form",
            "target": "new",
            "context": {"default_journey_id": self.id, "dialog_size": "extra-large"},
        }

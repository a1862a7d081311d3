from odoo import api, models
from odoo.exceptions import AccessError

from ...lib import journey_graph

# Of months that is longer than any journey; more than the database can count is none
MOST_TIME = 10_000
# What says where a node is, or what the database keeps by itself
NO_SETTINGS = {"version_id", "journey_id", "x", "y", "uid", "kind", "active"}


class CrmJourneyNode(models.Model):
    """What nodes say of themselves: what is wrong with them, how they are settings."""

    _name = "crm.journey.node"
    _inherit = ["crm.journey.node", "crm.journey.part"]

    @api.model_create_multi
    def create(self, vals_list):
        # a default of a screen is none for nodes
        context = {
            key: value for key, value in self.env.context.items() if key != "default_journey_id"
        }
        # pylint: disable=context-overridden
        nodes = super(CrmJourneyNode, self.with_context(context)).create(vals_list)
        nodes = nodes.with_env(self.env)
        nodes._check_own_journey()
        return nodes

    def write(self, vals):
        result = super().write(vals)
        if "journey_id" in vals:
            self._check_own_journey()
        return result

    def _check_own_journey(self):
        """A node is of the journey of its version: with the rights of whoever is responsible for
        that, and nobody else, it runs.
        """
        # sudo: where it belongs is no question of rights
        if any(node.journey_id != node.version_id.journey_id for node in self.sudo()):
            raise AccessError(self.env._("A step stays in its journey."))

    def _get_versions(self):
        return self.version_id

    def _get_setting_names(self):
        """:return: fields that hold what people set, besides the arms"""
        return sorted(
            name
            for name, field in self._fields.items()
            if field.store
            and not field.related
            and not (field.compute and field.readonly)
            and name not in models.MAGIC_COLUMNS
            and field.copy
            and field.type not in ("one2many", "binary")
            and name not in NO_SETTINGS
        )

    # ------------------------------------------------------------------
    # What is wrong with their settings
    # ------------------------------------------------------------------

    def _find_setting_problems(self):
        problems = super()._find_setting_problems()
        if self.kind == "wait" and self.amount < 0:
            problems.append(self.env._("The time is negative."))
        is_timed = self.kind in ("wait", "condition") or (
            self.kind == "until" and self.until_kind == "field"
        )
        if max(self.expiry_amount, self.amount if is_timed else 0) > MOST_TIME:
            problems.append(self.env._("The time is between 0 and 10,000."))
        if self.kind == "until":
            if self.until_kind == "moment" and not self.until_at:
                problems.append(self.env._("Choose the date and time."))
            if self.until_kind == "field" and not self.date_field_id:
                problems.append(self.env._("Choose the date of the record."))
        if self.kind in ("condition", "branch", "goal"):
            problems += self._find_question_problems()
        return problems

    def _find_question_problems(self):
        if self.asks == "event":
            return [] if self.event else [self.env._("Choose the event.")]
        return self._find_domain_problems(self.domain, needs_rule=True)

    def _find_domain_problems(self, domain, needs_rule=False):
        """:return: what is wrong with a filter of participants, as the responsible would ask it"""
        return self.journey_id._find_filter_problems(domain, needs_rule)

    # ------------------------------------------------------------------
    # As plain data
    # ------------------------------------------------------------------

    def _get_graph_values(self):
        """:return: the node as data: keys of `lib/journey_graph`, and all its settings"""
        self.ensure_one()
        values = {name: self._get_plain_value(name) for name in self._get_setting_names()}
        return values | {
            "uid": self.uid,
            "kind": self.kind,
            "arms": self.arm_ids.mapped("port"),
            "arm_names": self.arm_ids.mapped("name"),
            "weights": self.arm_ids.mapped("weight"),
        }

    def _get_plain_value(self, name):
        field, value = self._fields[name], self[name]
        if field.type == "many2one":
            return value.id
        if field.type == "many2many":
            return sorted(value.ids)
        if field.type in ("date", "datetime"):
            return field.to_string(value)
        return value

    def _describe_port(self, port):
        """:return: the name of a way out"""
        return self._get_port_labels().get(port) or (
            self.env._("Then") if port == journey_graph.NEXT else port
        )

    # ------------------------------------------------------------------
    # Who enters
    # ------------------------------------------------------------------

    def _count_entrants(self):
        """:return: how many would enter by this start now; None where nobody can know"""
        self.ensure_one()
        if self.trigger == "segment_enter" and self.segment_id:
            members = [("segment_id", "=", self.segment_id.id)]
            journey = self.journey_id
            Member = self.env["crm.segment.member"].with_user(journey.user_id)
            return Member.search_count(members) if self.includes_members else 0
        return None

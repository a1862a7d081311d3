from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...lib import journey_graph
from .by_system import BY_SYSTEM, KEY, is_by_system

# Written by launches only; by hand a version holds its nodes, its ways and a note
SYSTEM_FIELDS = {
    "state": "draft",
    "graph": False,
    "graph_hash": False,
    "launched_at": False,
    "launched_by_id": False,
}
MESSAGE_KINDS = ("mail", "sms")


class CrmJourneyVersion(models.Model):
    """How a draft becomes what people go through, and never changes again."""

    _inherit = "crm.journey.version"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        numbers = {}
        for values in vals_list:
            if self.env.su and "number" in values:
                continue
            if not self.env.su:
                self._refuse_by_hand(values)
                # also against defaults, whoever set them
                values |= SYSTEM_FIELDS
            journey_id = values.get("journey_id") or self.env.context.get("default_journey_id")
            if journey_id not in numbers:
                numbers[journey_id] = self._get_last_number(journey_id)
            numbers[journey_id] += 1
            values["number"] = numbers[journey_id]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._refuse_by_hand(vals)
        if not is_by_system(self.env) and any(version.state != "draft" for version in self):
            raise UserError(
                self.env._(
                    "This version was launched and stays as it is. Choose “Edit” to change a new"
                    " version."
                )
            )
        if not {"journey_id", "number"}.isdisjoint(vals) and not is_by_system(self.env):
            raise UserError(self.env._("A version stays with its journey, under its number."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_launched(self):
        if any(version.state != "draft" for version in self):
            raise UserError(
                self.env._("A version that was launched stays: reports say what it was.")
            )

    def _refuse_by_hand(self, values):
        if any(
            values.get(name, False) not in (False, SYSTEM_FIELDS[name])
            for name in values
            if name in SYSTEM_FIELDS
        ):
            raise AccessError(
                self.env._("A version is launched and retired by the buttons of its journey only.")
            )

    def _by_system(self):
        # sudo: states are written by the buttons alone, which ask who may
        return self.sudo().with_context(**{KEY: BY_SYSTEM})

    @api.model
    def _get_last_number(self, journey_id):
        # sudo: numbers are given whatever versions somebody sees
        [[number]] = self.sudo()._read_group(
            [("journey_id", "=", journey_id)], aggregates=["number:max"]
        )
        return number or 0

    # ------------------------------------------------------------------
    # As a graph
    # ------------------------------------------------------------------

    def _get_graph(self):
        """:return: nodes and ways as plain data, as `lib/journey_graph` knows them"""
        self.ensure_one()
        # what was removed from the draft is kept for undo, with the ways to it
        nodes = self.node_ids
        return {
            "nodes": [node._get_graph_values() for node in nodes],
            "edges": [
                {"source": edge.source_id.uid, "port": edge.port, "target": edge.target_id.uid}
                for edge in self.edge_ids
                if edge.source_id in nodes and edge.target_id in nodes
            ],
        }

    def _compile(self):
        return journey_graph.compile_graph(self._get_graph())

    # ------------------------------------------------------------------
    # What is wrong
    # ------------------------------------------------------------------

    def find_problems(self):
        """Tell what is wrong with the version, in words.

        :return: list of ``{"uid": node or False, "text", "is_warning"}``, errors first
        """
        self.ensure_one()
        self.check_access("read")
        by_uid = {node.uid: node for node in self.node_ids}
        found = []
        for problem in journey_graph.check(self._get_graph()):
            nodes = [by_uid[uid] for uid in problem.uids if uid in by_uid]
            found.append(
                {
                    "uid": nodes[0].uid if nodes else False,
                    "text": self._describe_problem(problem, nodes),
                    "is_warning": problem.is_warning,
                }
            )
        for node in self.node_ids:
            found += [
                {
                    "uid": node.uid,
                    "text": self.env._(
                        "“%(node)s”: %(problem)s", node=node.display_name, problem=text
                    ),
                    "is_warning": is_warning,
                }
                for is_warning, texts in (
                    (False, node._find_setting_problems()),
                    (True, node._find_setting_warnings()),
                )
                for text in texts
            ]
        found += [
            {"uid": False, "text": text, "is_warning": is_warning}
            for text, is_warning in self._find_journey_problems()
        ]
        return sorted(found, key=lambda one: one["is_warning"])

    def _find_journey_problems(self):
        """:return: what is wrong with the journey around the version, as (text, is_warning)"""
        journey = self.journey_id
        problems = [
            (self.env._("Take Out Whoever Matches: %s", text), False)
            for text in journey._find_filter_problems(journey.exit_domain)
        ]
        # sudo: whether the responsible still works here
        user = journey.sudo().user_id
        if not user.active:
            text = self.env._("%s, who is responsible, does not work here any more.", user.name)
            problems.append((text, False))
        elif journey.company_id not in user.company_ids:
            text = self.env._(
                "%s, who is responsible, does not work in the company of the journey.", user.name
            )
            problems.append((text, False))
        if not journey.purpose_id and any(node.kind in MESSAGE_KINDS for node in self.node_ids):
            text = self.env._(
                "The journey has no purpose: messages go to everybody who has not unsubscribed."
            )
            problems.append((text, True))
        return problems

    def _describe_problem(self, problem, nodes):
        names = [node.display_name for node in nodes]
        name = names[0] if names else ""
        port = nodes[0]._describe_port(problem.port) if nodes else problem.port
        words = {
            "no_start": self.env._("Nobody can come in: there is no start."),
            "start_nowhere": self.env._("“%s” leads nowhere: connect the first step.", name),
            "unreachable": self.env._("Nobody ever comes to “%s”: connect or remove it.", name),
            "open_port": self.env._(
                "“%(node)s”: the journey ends at “%(way)s”.", node=name, way=port
            ),
            "loop": self.env._(
                "People would go round without waiting: %s. Put a wait into it.", ", ".join(names)
            ),
            "jump_nowhere": self.env._("“%s”: choose where it jumps to.", name),
            "duplicate_uid": self.env._("“%s” is there twice with the same key.", name),
            "no_arms": self.env._("“%s” has no ways: add at least two.", name),
            "no_weight": self.env._("“%s”: give at least one way a share.", name),
            "unknown_kind": self.env._("There is a step of an unknown kind."),
            "unknown_port": self.env._(
                "“%(node)s” has no way out “%(way)s” any more: remove the connection.",
                node=name,
                way=port,
            ),
            "double_port": self.env._(
                "“%(node)s” leads to two places at “%(way)s”.", node=name, way=port
            ),
            "edge_nowhere": self.env._("A connection leads nowhere: remove it."),
            "into_start": self.env._("“%s” leads back to a start: connect its next step.", name),
            "too_many_nodes": self.env._(
                "A journey has %s steps at most.", journey_graph.MOST_NODES
            ),
            "about_nothing": self.env._("“%s” asks about a message that is not there.", name),
            "about_later": self.env._(
                "“%(node)s” asks about “%(message)s”, which does not come before it.",
                node=name,
                message=names[-1] if names else "",
            ),
        }
        return words[problem.code]

    # ------------------------------------------------------------------
    # Launch, copy
    # ------------------------------------------------------------------

    def _launch(self):
        """Make the draft live and the version before it history. Whoever may launch, and whether
        it can be, was asked before.
        """
        self.ensure_one()
        journey = self.journey_id
        self.env.flush_all()
        graph, fingerprint = self._compile()
        now = fields.Datetime.now()
        journey.live_version_id._by_system().state = "retired"
        self.env.flush_all()  # one version is live at a time
        self._by_system().write(
            {
                "state": "live",
                "graph": graph,
                "graph_hash": fingerprint,
                "launched_at": now,
                "launched_by_id": self.env.uid,
            }
        )
        values = {"live_version_id": self.id, "draft_version_id": False, "launched_at": now}
        if journey.state != "paused":
            # how a paused one goes on, its resuming asks
            values |= {"state": "running", "paused_at": False, "pause_reason": False}
        journey._by_system().write(values)
        self.env.flush_all()

    def _copy_parts_to(self, draft):
        """Put copies of the nodes, with the same keys, and of the ways into another version."""
        self.ensure_one()
        copies = self.node_ids.copy({"version_id": draft.id})
        by_uid = {node.uid: node.id for node in copies}
        self.env["crm.journey.edge"].create(
            [
                {
                    "version_id": draft.id,
                    "source_id": by_uid[edge.source_id.uid],
                    "port": edge.port,
                    "target_id": by_uid[edge.target_id.uid],
                }
                for edge in self.edge_ids
                if edge.source_id.uid in by_uid and edge.target_id.uid in by_uid
            ]
        )

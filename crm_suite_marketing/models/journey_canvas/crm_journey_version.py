from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...lib import journey_graph
from . import operation


class CrmJourneyVersion(models.Model):
    """A version as the canvas reads and changes it.

    Each change is saved at once, so that nothing is lost with the window. The server answers with
    the change that takes it back: undo is one more change, and redo takes back the undo.
    """

    # each room extends the version by itself
    _inherit = "crm.journey.version"  # pylint: disable=consider-merging-classes-inherited

    revision = fields.Integer(
        readonly=True,
        copy=False,
        default=0,
        help="Raised by each change: who draws on what is no longer so is told.",
    )

    def write(self, vals):
        """What was removed from a draft is kept for undo; what is launched has nothing hidden."""
        if vals.get("state", "draft") != "draft":
            self._forget_removed()
        return super().write(vals)

    def _forget_removed(self):
        removed = self.env["crm.journey.node"].with_context(active_test=False)
        removed.search(
            [("version_id", "in", self.ids), ("active", "=", False)], order="id"
        ).unlink()

    @api.autovacuum
    def _gc_removed_nodes(self):
        """Nobody takes back what he removed days ago."""
        nodes = (
            self.env["crm.journey.node"]
            .with_context(active_test=False)
            .search([("active", "=", False), ("write_date", "<", "-2d")], limit=1000)
        )
        nodes.unlink()

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.readonly
    def read_graph(self):
        """All that the canvas shows of this version.

        :return: dictionary that goes to the browser
        """
        self.ensure_one()
        self.check_access("read")
        Node = self.env["crm.journey.node"]
        nodes = self.node_ids
        return {
            "id": self.id,
            "number": self.number,
            "state": self.state,
            "revision": self.revision,
            "journey": {"id": self.journey_id.id, "state": self.journey_id.state},
            "is_editable": self.state == "draft" and self.has_access("write"),
            "kinds": dict(Node._fields["kind"]._description_selection(self.env)),
            "versions": self._read_versions(),
            "nodes": [node._describe() for node in nodes],
            "edges": [
                {"source": edge.source_id.uid, "port": edge.port, "target": edge.target_id.uid}
                for edge in self.edge_ids
                if edge.target_id.active and edge.source_id.active
            ]
            + [
                {"source": node.uid, "port": journey_graph.NEXT, "target": node.jump_uid}
                for node in nodes
                if node.kind == "jump" and node.jump_uid in nodes.mapped("uid")
            ],
            "problems": self._describe_problems(),
        }

    def _read_versions(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        return [
            {
                "id": version.id,
                "state": version.state,
                "label": self.env._(
                    "Version %(number)s: %(state)s",
                    number=version.number,
                    state=states[version.state],
                ),
            }
            for version in self.journey_id.version_ids
        ]

    def _describe_problems(self):
        """:return: what is to fix; what was launched has been checked"""
        return self.find_problems() if self.state == "draft" else []

    @api.readonly
    def get_counts(self):
        """How many people are at each node, without the rest of the graph.

        :return: ``{uid: [open, failed, passed]}``
        """
        self.ensure_one()
        self.check_access("read")
        return {
            node.uid: [node.open_count, node.failed_count, node.passed_count]
            for node in self.node_ids
        }

    # ------------------------------------------------------------------
    # Changing
    # ------------------------------------------------------------------

    def apply_operations(self, operations, revision):
        """Change the draft, all or nothing.

        :param operations: list of dictionaries whose ``op`` is one of `_OPERATIONS`
        :param revision: the one that the window shows
        :return: ``graph`` as it is now and ``inverse``, the operations that take the change back
        """
        self.ensure_one()
        self.check_access("write")
        if self.state != "draft":
            raise UserError(self.env._("This version was launched: it stays as it is."))
        if revision != self.revision:
            raise UserError(
                self.env._(
                    "%(user)s changed this journey meanwhile. You see it now as it is: do your"
                    " change again if you still want it.",
                    user=self.write_uid.name,
                )
            )
        inverse = []
        for one in operation.read_list(self.env, operations):
            if one.get("op") not in self._OPERATIONS:
                raise UserError(self.env._("The change cannot be read."))
            inverse = getattr(self, f"_apply_{one['op']}")(one) + inverse
        self.revision = revision + 1
        return {"graph": self.read_graph(), "inverse": inverse}

    _OPERATIONS = ("add", "remove", "restore", "copy", "move", "connect", "disconnect", "set")

    def _get_node(self, uid):
        node = self.node_ids.filtered(lambda one: one.uid == uid)
        if not node:
            raise UserError(self.env._("That step is gone: somebody removed it meanwhile."))
        return node

    def _get_edge(self, node, port):
        return self.edge_ids.filtered(lambda one: one.source_id == node and one.port == port)

    def _apply_add(self, one):
        kind = one.get("kind")
        if kind not in journey_graph.KINDS:
            raise UserError(self.env._("The change cannot be read."))
        uid = operation.read_uid(self.env, one.get("uid"))
        x, y = operation.read_place(self.env, one.get("x"), one.get("y"))
        values = {"version_id": self.id, "uid": uid, "kind": kind, "x": x, "y": y}
        if journey_graph.KINDS[kind].has_arms:
            values["arm_ids"] = [
                Command.create({"port": port, "name": port.upper(), "sequence": place})
                for place, port in enumerate("ab")
            ]
        self._check_free(uid)
        self.env["crm.journey.node"].create(values)
        return [{"op": "remove", "uid": uid}]

    def _check_free(self, uid):
        nodes = self.with_context(active_test=False).node_ids
        if uid in nodes.mapped("uid"):
            raise UserError(self.env._("There is such a step already."))

    def _apply_copy(self, one):
        node = self._get_node(one.get("uid"))
        uid = operation.read_uid(self.env, one.get("new_uid"))
        x, y = operation.read_place(self.env, one.get("x"), one.get("y"))
        self._check_free(uid)
        node.copy({"uid": uid, "x": x, "y": y, "version_id": self.id})
        return [{"op": "remove", "uid": uid}]

    def _apply_remove(self, one):
        """Hide it: undo brings it back with all its settings and its message."""
        node = self._get_node(one.get("uid"))
        edges = self.edge_ids.filtered(lambda edge: node in (edge.source_id, edge.target_id))
        inverse = [{"op": "restore", "uid": node.uid}]
        inverse += [
            {
                "op": "connect",
                "source": edge.source_id.uid,
                "port": edge.port,
                "target": edge.target_id.uid,
            }
            for edge in edges
        ]
        edges.unlink()
        node.active = False
        return inverse

    def _apply_restore(self, one):
        removed = self.env["crm.journey.node"].search(
            [
                ("version_id", "=", self.id),
                ("uid", "=", one.get("uid")),
                ("active", "=", False),
            ],
            limit=1,
        )
        if not removed:
            raise UserError(self.env._("That step is gone for good."))
        removed.active = True
        self.invalidate_recordset(["node_ids"])
        return [{"op": "remove", "uid": removed.uid}]

    def _apply_move(self, one):
        places = one.get("places")
        if not isinstance(places, dict):
            raise UserError(self.env._("The change cannot be read."))
        by_uid = {node.uid: node for node in self.node_ids}
        before = {}
        for uid, place in places.items():
            if uid not in by_uid or not isinstance(place, list) or len(place) != 2:
                raise UserError(self.env._("That step is gone: somebody removed it meanwhile."))
            node = by_uid[uid]
            before[uid] = [node.x, node.y]
            x, y = operation.read_place(self.env, *place)
            if (x, y) != (node.x, node.y):
                node.write({"x": x, "y": y})
        return [{"op": "move", "places": before}]

    def _apply_connect(self, one):
        source, target = self._get_node(one.get("source")), self._get_node(one.get("target"))
        port = one.get("port")
        if port not in source._get_ports():
            raise UserError(self.env._("“%s” has no such way out.", source.display_name))
        if target.kind == "trigger":
            raise UserError(self.env._("Nothing leads into a start: people come in there."))
        if target == source:
            raise UserError(self.env._("A step does not lead to itself."))
        if source.kind == "jump" and port == journey_graph.NEXT:
            return self._point_jump(source, target.uid)
        edge = self._get_edge(source, port)
        way = {"source": source.uid, "port": port}
        if edge:
            inverse = [{"op": "connect", **way, "target": edge.target_id.uid}]
            edge.target_id = target
        else:
            inverse = [{"op": "disconnect", **way}]
            self.env["crm.journey.edge"].create(
                {
                    "version_id": self.id,
                    "source_id": source.id,
                    "port": port,
                    "target_id": target.id,
                }
            )
        return inverse

    def _apply_disconnect(self, one):
        source, port = self._get_node(one.get("source")), one.get("port")
        if source.kind == "jump" and port == journey_graph.NEXT:
            return self._point_jump(source, False)
        edge = self._get_edge(source, port)
        if not edge:
            return []
        target = edge.target_id.uid
        edge.unlink()
        return [{"op": "connect", "source": source.uid, "port": port, "target": target}]

    def _point_jump(self, node, uid):
        """Where a jump leads is one of its settings, and no way of the graph."""
        way = {"source": node.uid, "port": journey_graph.NEXT}
        before = node.jump_uid
        node.jump_uid = uid
        if before in self.node_ids.mapped("uid"):
            return [{"op": "connect", **way, "target": before}]
        return [{"op": "disconnect", **way}]

    def _apply_set(self, one):
        node, values = self._get_node(one.get("uid")), one.get("values")
        if not isinstance(values, dict):
            raise UserError(self.env._("The change cannot be read."))
        before = node.read_settings()
        node._write_settings(values)
        return [
            {
                "op": "set",
                "uid": node.uid,
                "values": {name: before[name] for name in values if name in before},
            }
        ]

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...lib import journey_graph


class CrmJourneyStep(models.Model):
    """Steps in words, and what a person can do about those that failed."""

    # each room extends steps by itself
    _inherit = "crm.journey.step"  # pylint: disable=consider-merging-classes-inherited

    node_name = fields.Char("Step", compute="_compute_words")
    port_text = fields.Char("Went On by", compute="_compute_words")
    reason_text = fields.Char("Why", compute="_compute_words")
    res_name = fields.Char(related="participant_id.res_name", string="Name")
    version_id = fields.Many2one(related="participant_id.version_id")
    kind = fields.Selection(related="node_id.kind")

    @api.depends("node_id", "port", "reason")
    @api.depends_context("lang")
    def _compute_words(self):
        reasons = self._get_reasons()
        ports = {}
        for step in self:
            node = step.node_id
            step.node_name = node.display_name
            key = (node.id, step.port)
            if step.port and key not in ports:
                ports[key] = node._describe_port(step.port)
            step.port_text = ports.get(key)
            step.reason_text = reasons.get(step.reason) or step.reason

    @api.model
    def _get_reasons(self):
        """:return: the words for the codes of reasons: of leaving, of steps, of deliveries"""
        Outbox = self.env["crm.outbox"]._fields["reason"]
        Participant = self.env["crm.journey.participant"]._fields["exit_reason"]
        reasons = dict(Outbox._description_selection(self.env))
        reasons |= dict(Participant._description_selection(self.env))
        return reasons | {"paused": self.env._("Was Due during a Pause")}

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_retry(self):
        """Try what failed once more."""
        failed = self._get_failed()
        failed.env.execute_query(
            SQL(
                """UPDATE crm_journey_step
                      SET state = 'due', attempt = 0, due_at = (now() AT TIME ZONE 'UTC'),
                          lease_until = NULL, worker = NULL
                    WHERE id = ANY(%s) AND state = 'failed' RETURNING 1""",
                failed.ids,
            )
        )
        self.invalidate_model()
        self._wake_workers()
        return True

    def action_skip(self):
        """Let people go on without what failed."""
        failed = self._get_failed()
        by_port = {}
        for step in failed:
            ports = step.node_id._get_ports()
            port = journey_graph.NEXT if journey_graph.NEXT in ports else (ports or ("",))[-1]
            by_port.setdefault(port, []).append(step.id)
        for port, ids in by_port.items():
            detail = self.env._("Skipped by %s.", self.env.user.name)
            self._finish(ids, port=port, state="skipped", reason="by_hand", detail=detail)
        return True

    def _get_failed(self):
        failed = self.filtered(lambda one: one.state == "failed")
        if not failed:
            raise UserError(self.env._("Nothing of this has failed."))
        failed.journey_id.check_access("write")
        return failed

    def action_open_participant(self):
        """Show the whole way of the participant."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.journey.participant",
            "res_id": self.participant_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

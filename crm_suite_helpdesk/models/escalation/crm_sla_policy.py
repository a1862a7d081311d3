from random import SystemRandom

from odoo import fields, models
from odoo.fields import Command


class CrmSlaPolicy(models.Model):
    _inherit = "crm.sla.policy"

    rule_ids = fields.One2many(
        "crm.sla.rule",
        "policy_id",
        "Escalation Rules",
        copy=True,
        context={"active_test": False},
        default=lambda self: self._prepare_default_rules(),
    )
    ladder_change = fields.Integer(
        copy=False,
        readonly=True,
        aggregator=None,
        help="Not 0: the rules have changed, and open tickets do not follow them yet.",
    )

    def _prepare_default_rules(self):
        """Commands for the ladder that a new policy begins with: the agent is warned, and the team
        leader knows of what is late.
        """
        todo = self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        return [
            Command.create({"sequence": 10, "kind": "share", "share": 75}),
            Command.create({"sequence": 20, "kind": "after", "to_leader": True}),
            Command.create(
                {
                    "sequence": 30,
                    "kind": "after",
                    "delay": 4.0,
                    "every": 8.0,
                    "times": 3,
                    "to_agent": False,
                    "to_leader": True,
                    "activity_type_id": todo and todo.id,
                }
            ),
        ]

    def _escalate_in(self, mode):
        """Have the steps of the ladder wait for working hours, or not: who works around the clock
        is told around the clock.

        :param mode: "working" or "always"
        """
        self.rule_ids.write({"only_working_hours": mode == "working"})

    def _look_at_ladder_again(self):
        """Have the open clocks of these policies follow their rules, later: whoever edits a rule
        does not wait for all tickets.
        """
        # sudo: clocks and crons are the engine's
        clocks = self.env["crm.sla.clock"].sudo()
        used = clocks.search_fetch(
            [("policy_id", "in", self.ids), ("state", "in", ("running", "paused"))],
            ["policy_id"],
            limit=1,
        )
        if used:
            self.write({"ladder_change": SystemRandom().randrange(1, 2**31)})
            # sudo: the editor of a rule may not trigger crons
            self.env.ref("crm_suite_helpdesk.ir_cron_sla_calendar").sudo()._trigger()

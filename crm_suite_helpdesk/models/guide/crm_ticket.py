from odoo import models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

ANSWERS = ("first_response", "next_response", "resolution")


class CrmTicket(models.Model):
    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    def get_guide(self):
        """How this ticket is to be answered, read with the rights of an agent.

        :return: {"guides": [{id, name, tone (HTML or False), answer_hours, steps: [{id, name, note,
            done, by}], authorities: [{id, name, decider, limit, beyond, note}]}],
            "answers": [{metric, label, hours}], "decisions": [{id, name, state, label, by}],
            "canEdit": bool}: hours of working time that are promised
        """
        self.ensure_one()
        self.check_access("read")
        guides = self.env["crm.ticket.guide"]._get_for(self)
        ticks = self.env["crm.ticket.guide.tick"].search(
            [("ticket_id", "=", self.id), ("step_id", "in", guides.step_ids.ids)]
        )
        # sudo: the name of a colleague is no secret
        done = {tick.step_id.id: tick.sudo().user_id.name for tick in ticks}
        return {
            "guides": [self._prepare_guide(guide, done) for guide in guides],
            "answers": self._prepare_answer_times(),
            "decisions": self._prepare_decisions(),
            "canEdit": guides.has_access("write"),
        }

    def _prepare_guide(self, guide, done):
        return {
            "id": guide.id,
            "name": guide.name,
            "tone": False if is_html_empty(guide.tone) else str(guide.tone),
            "answer_hours": guide.answer_hours,
            "steps": [
                {
                    "id": step.id,
                    "name": step.name,
                    "note": step.note or "",
                    "done": step.id in done,
                    "by": done.get(step.id, ""),
                }
                for step in guide.step_ids
            ],
            "authorities": [self._prepare_authority(rule) for rule in guide.authority_ids],
        }

    def _prepare_authority(self, authority):
        labels = dict(authority._fields["decider"]._description_selection(self.env))
        limited = authority._has_limit()
        return {
            "id": authority.id,
            "name": authority.name,
            "decider": authority.decider,
            "decider_label": labels[authority.decider],
            "limit": authority._format_value(authority.limit_value) if limited else "",
            "beyond": labels[authority.beyond] if limited else "",
            "note": authority.note or "",
        }

    def _prepare_decisions(self):
        """What was decided on this ticket, or waits for a decision."""
        decisions = self.env["crm.ticket.decision"].search([("ticket_id", "=", self.id)], limit=20)
        labels = dict(decisions._fields["state"]._description_selection(self.env))
        return [
            {
                "id": decision.id,
                "name": " ".join(filter(None, (decision.name, decision.amount))),
                "state": decision.state,
                "label": labels[decision.state],
                # sudo: the name of a colleague is no secret
                "by": decision.sudo().decided_by_id.name or decision.sudo().user_id.name,
            }
            for decision in decisions
        ]

    def _prepare_answer_times(self):
        """What the service levels of this ticket promise, the strictest of each kind."""
        clocks = self.env["crm.sla.clock"].search(
            [("ticket_id", "=", self.id), ("metric", "in", ANSWERS), ("state", "!=", "cancelled")]
        )
        labels = dict(clocks._fields["metric"]._description_selection(self.env))
        hours = {}
        for clock in clocks:
            hours[clock.metric] = min(clock.budget, hours.get(clock.metric, clock.budget))
        return [
            {"metric": metric, "label": labels[metric], "hours": hours[metric]}
            for metric in ANSWERS
            if metric in hours
        ]

    def tick_guide_step(self, step_id, done):
        """Note that a step of a guide is done on this ticket, or that it is not.

        :return: who has done it, or an empty text
        """
        self.ensure_one()
        self.check_access("write")
        step = (
            self.env["crm.ticket.guide"]._get_for(self).step_ids.filtered(lambda s: s.id == step_id)
        )
        if not step:
            raise UserError(self.env._("This step is not part of a guide of this ticket."))
        # sudo: rows that are made here alone, for whoever may change the ticket
        Tick = self.env["crm.ticket.guide.tick"].sudo()
        tick = Tick.search([("ticket_id", "=", self.id), ("step_id", "=", step.id)])
        if not done:
            tick.unlink()
            return ""
        tick = tick or Tick.create({"ticket_id": self.id, "step_id": step.id})
        return tick.user_id.name

from odoo import models

# A copy of what its messages are, too
SHARED = frozenset({"user_id", "purpose_id", "keeps_quiet_hours", "model_id"})


class CrmJourney(models.Model):
    """The messages of a journey begin, pause and end with it."""

    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    def write(self, vals):
        if "state" in vals:
            self._change_messages(vals["state"])
        result = super().write(vals)
        if SHARED & vals.keys():
            for journey in self:
                # sudo: the system writes what is the journey's
                journey._get_messages().sudo()._by_journey().write(
                    journey._prepare_shared_values(vals.keys())
                )
        return result

    def unlink(self):
        messages = self._get_messages()
        result = super().unlink()
        messages._drop_from_journey()
        return result

    # ------------------------------------------------------------------
    # Messages
    # ------------------------------------------------------------------

    def _get_messages(self):
        # sudo: those of a journey are its own, whoever may read mailings
        Mailing = self.env["mailing.mailing"].sudo().with_context(active_test=False)
        return Mailing.search([("journey_id", "in", self.ids)])

    def _prepare_shared_values(self, names=SHARED):
        """:return: what a message has from its journey"""
        self.ensure_one()
        values = {
            "user_id": self.user_id.id,
            "purpose_id": self.purpose_id.id,
            "keeps_quiet_hours": self.keeps_quiet_hours,
            "mailing_model_id": self.model_id.id,
        }
        asked = {"mailing_model_id" if name == "model_id" else name for name in names}
        return {name: value for name, value in values.items() if name in asked}

    def _change_messages(self, state):
        """Let messages follow their journey from one state to the next."""
        for journey in self:
            if journey.state == state:
                continue
            if state == "running" and journey.state == "paused":
                journey._resume_messages()
            elif state == "paused":
                journey._pause_messages()
            elif state in ("stopped", "draft"):
                journey._stop_messages()
            elif state == "running" and journey.state == "stopped":
                # what began with a version goes on with it
                nodes = journey.live_version_id.node_ids
                nodes.mailing_id._open_for_journey()

    def _pause_messages(self):
        going = self._get_messages().filtered(
            lambda one: one.state == "sending" and not one.is_paused
        )
        for mailing in going:
            mailing._note_run(
                {
                    "is_paused": True,
                    "is_paused_by_journey": True,
                    "pause_reason": self.env._("Its journey is paused."),
                }
            )

    def _resume(self, overdue="now", hours=0):
        """What becomes of overdue steps becomes of overdue messages."""
        journeys = self.with_context(journey_overdue=overdue, journey_hours=hours)
        return super(CrmJourney, journeys)._resume(overdue, hours)

    def _resume_messages(self):
        """Let messages go on as the context says; what was stopped for another reason stays so."""
        overdue = self.env.context.get("journey_overdue") or "now"
        hours = self.env.context.get("journey_hours") or 0
        for mailing in self._get_messages().filtered("is_paused_by_journey"):
            mailing._note_run({"is_paused_by_journey": False})
            mailing._resume(overdue, hours)

    def _stop_messages(self):
        """Whatever has not gone does not go any more."""
        messages = self._get_messages().filtered(lambda one: one.state == "sending")
        if not messages:
            return
        Outbox = self.env["crm.outbox"]
        Outbox._leave_out(Outbox._make_open_condition(messages.ids), "left")
        messages._by_button()._by_journey().write({"state": "done", "kpi_mail_required": False})
        messages._note_run(
            {"is_paused": False, "is_paused_by_journey": False, "pause_reason": False}
        )

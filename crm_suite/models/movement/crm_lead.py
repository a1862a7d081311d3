from odoo import api, fields, models

# What can move a lead: its stage follows its team, which follows its salesperson
MOVING_FIELDS = {"stage_id", "team_id", "user_id", "type", "active", "probability"}
CLOSING_FIELDS = {"stage_id", "active", "probability"}
CLOSED = ("won", "lost")


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead"]

    stage_move_ids = fields.One2many("crm.stage.move", "lead_id", string="Moves", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        rows = []
        for lead in leads:
            stage = lead.stage_id.id
            # in whole seconds like the moves after it, or it would follow those of its second
            date = lead.create_date.replace(microsecond=0)
            rows.append(lead._prepare_move_values("created", False, stage, date=date))
            if lead.won_status in CLOSED:
                rows.append(lead._prepare_move_values(lead.won_status, stage, stage, date=date))
        # the log is written by nobody but the leads themselves
        self.env["crm.stage.move"].sudo().create(rows)
        return leads

    def write(self, vals):
        if not self or MOVING_FIELDS.isdisjoint(vals):
            return super().write(vals)
        # A write inside of this one (another hook, an automation) logs what it changes; what it
        # has logged stands here, so that nothing is logged twice.
        logged = self.env.cr.cache.setdefault("crm_movement", {})
        mine = [lead for lead in self if lead.id not in logged]
        logged.update((lead.id, lead._get_movement_state()) for lead in mine)
        try:
            result = super().write(vals)
            self._log_moves(logged, may_close=not CLOSING_FIELDS.isdisjoint(vals))
        finally:
            for lead in mine:
                logged.pop(lead.id, None)
        return result

    def _get_movement_state(self):
        return self.stage_id.id, self.type, self.won_status

    def _log_moves(self, logged, may_close):
        """Add the moves of these leads since they were last logged, in one go.

        :param dict logged: the state of each lead when it was last logged, kept up to date here
        :param bool may_close: False where only a change of stage could change the outcome, which
            is not worth computing the probability for
        """
        changes = []
        for lead in self:
            old = logged.get(lead.id)
            if old is None:
                continue
            may_be_closed = may_close or lead.stage_id.id != old[0]
            new = (lead.stage_id.id, lead.type, lead.won_status if may_be_closed else old[2])
            if new != old:
                changes.append((lead, old, new))
                logged[lead.id] = new
        if not changes:
            return
        now = fields.Datetime.now()
        # the log is written by nobody but the leads themselves, whoever may read it
        Move = self.env["crm.stage.move"].sudo()
        last = dict(
            Move._read_group(
                [("lead_id", "in", [lead.id for lead, *_states in changes])],
                ["lead_id"],
                ["date:max"],
            )
        )
        rows = []
        for lead, old, new in changes:
            since = last.get(lead, lead.create_date)
            hours = 0.0
            if old[2] not in CLOSED:
                hours = max((now - since).total_seconds(), 0) / 3600
            from_stage = old[0]
            for kind in self._get_move_kinds(old, new):
                rows.append(
                    lead._prepare_move_values(kind, from_stage, new[0], date=now, duration=hours)
                )
                from_stage, hours = new[0], 0.0
        Move.create(rows)

    @api.model
    def _get_move_kinds(self, old, new):
        """Return what happened between two states of a lead, in the order in which it counts.

        :param old, new: stage id, type, won status
        """
        kinds = []
        if old[1] == "lead" and new[1] == "opportunity":
            kinds.append("converted")
        if old[2] != new[2]:
            kinds.append(new[2] if new[2] in CLOSED else "restored")
        if not kinds and old[0] != new[0]:
            kinds.append("stage")
        return kinds

    def _prepare_move_values(self, kind, from_stage, to_stage, **values):
        self.ensure_one()
        return {
            "lead_id": self.id,
            "kind": kind,
            "from_stage_id": from_stage,
            "to_stage_id": to_stage,
            "type": self.type,
            "user_id": self.user_id.id,
            "team_id": self.team_id.id,
            "company_id": self.company_id.id,
            "duration": 0.0,
            **values,
        }

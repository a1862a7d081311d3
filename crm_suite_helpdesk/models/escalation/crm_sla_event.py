from odoo import api, fields, models


class CrmSlaEvent(models.Model):
    """A step of an escalation ladder that a clock has passed: what was due when, and was done.

    Rows are written by the tick only, and exactly one for each step, whoever runs it how often:
    see the unique index. Texts are made when they are read, in the language of the reader;
    `outcome` holds what they are made of.
    """

    _name = "crm.sla.event"
    _description = "SLA Escalation"
    _order = "fired_at desc, id desc"
    _rec_name = "label"

    clock_id = fields.Many2one("crm.sla.clock", required=True, readonly=True, ondelete="cascade")
    ticket_id = fields.Many2one(
        "crm.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    rule_id = fields.Many2one(
        "crm.sla.rule", readonly=True, index="btree_not_null", ondelete="set null"
    )
    occurrence = fields.Integer(readonly=True, aggregator=None, help="0 is the first time.")
    budget_s = fields.Integer(
        "Budget (seconds)", required=True, readonly=True, aggregator=None
    )
    threshold_s = fields.Integer(
        "Due after (seconds)",
        required=True,
        readonly=True,
        aggregator=None,
        help="Working time that the promise had used up when the step was due.",
    )
    due_at = fields.Datetime("Due on", required=True, readonly=True)
    fired_at = fields.Datetime("Done on", required=True, readonly=True)
    late_s = fields.Integer(
        "Delay (seconds)",
        readonly=True,
        aggregator=None,
        help="From when it was due until it was done: nights that were waited for, and times when "
        "the server was down.",
    )
    state = fields.Selection(
        [("done", "Done"), ("overtaken", "Overtaken")],
        required=True,
        readonly=True,
        help="Overtaken: a higher step was due as well when its turn came.",
    )
    outcome = fields.Json(readonly=True)
    notice_ids = fields.One2many("crm.sla.notice", "event_id", "Notices", readonly=True)

    # As they were then: what happens to the ticket later does not change who let it come so far
    metric = fields.Selection(selection="_get_metrics", required=True, readonly=True)
    policy_id = fields.Many2one("crm.sla.policy", readonly=True, index=True, ondelete="set null")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    team_id = fields.Many2one("crm.ticket.team", readonly=True, index=True, ondelete="set null")
    user_id = fields.Many2one(
        "res.users", "Agent Then", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(related="ticket_id.commercial_partner_id", string="Customer")
    kind = fields.Selection(
        [("warning", "Warning"), ("breach", "Breach")],
        required=True,
        readonly=True,
        help="Breach: from the deadline on.",
    )
    label = fields.Char("Step", compute="_compute_label")
    told_ids = fields.Many2many("res.users", string="Told", compute="_compute_told_ids")
    done_text = fields.Char("What Was Done", compute="_compute_texts")
    problem_text = fields.Char("Problem", compute="_compute_texts")

    # Never twice, whoever is told how often that it is due. A budget that has grown is another
    # deadline, of which is warned again.
    _once = models.UniqueIndex(
        "(clock_id, rule_id, occurrence, budget_s) WHERE rule_id IS NOT NULL"
    )

    # ------------------------------------------------------------------ compute

    @api.model
    def _get_metrics(self):
        return self.env["crm.sla.rule"]._get_metrics()

    @api.depends("rule_id", "occurrence", "threshold_s", "budget_s")
    @api.depends_context("lang")
    def _compute_label(self):
        for event in self:
            # sudo: what has become of a rule is not for every reader of a ticket
            event.label = event.sudo()._get_label()

    def _get_label(self):
        self.ensure_one()
        beyond = self.threshold_s - self.budget_s
        if self.rule_id.kind == "share" and not self.occurrence:
            return self.env._("At %s %% of the time", self.rule_id.share)
        if beyond == 0:
            return self.env._("At the deadline")
        minutes = abs(beyond) // 60
        length = f"{minutes // 60:02d}:{minutes % 60:02d}"
        if beyond < 0:
            return self.env._("%s before the deadline", length)
        return self.env._("%s after the deadline", length)

    @api.depends("notice_ids.user_id")
    def _compute_told_ids(self):
        for event in self:
            # sudo: names of those who were told, for everybody who sees that they were
            event.told_ids = event.sudo().notice_ids.user_id

    @api.depends("outcome")
    @api.depends_context("lang")
    def _compute_texts(self):
        for event in self:
            outcome = event.outcome or {}
            event.done_text = event._read_outcome(outcome.get("done", ()))
            event.problem_text = event._read_outcome(outcome.get("problems", ()))

    # ------------------------------------------------------------------ business

    def _read_outcome(self, entries):
        """One text of the entries of an outcome, each a list of a code and a value."""
        return " ".join(filter(None, (self._read_entry(*entry) for entry in entries)))

    def _read_entry(self, code, value):
        """The text of what was done or went wrong; other rooms may add theirs.

        :param value: what the code is about: a record id, a value of a selection or a text
        """
        if code == "priority":
            names = dict(self.env["crm.ticket"]._fields["priority"]._description_selection(self.env))
            return self.env._("Priority raised to %s.", names.get(value, value))
        texts = {
            "assigned": self.env._("Assigned to %s."),
            "moved": self.env._("Moved to %s."),
            "activity": self.env._("Activity for %s."),
            "archived": self.env._("%s cannot be told: the user is archived."),
            "no_email": self.env._("%s has no e-mail address and was told in Odoo."),
            "no_access": self.env._("%s was not told: this user may not read the ticket."),
            "empty_group": self.env._("Nobody is in the group %s."),
            "cannot_assign": self.env._("The ticket cannot be assigned to %s."),
            "archived_team": self.env._("The ticket cannot be moved to %s, which is archived."),
            "nobody": self.env._("There is nobody to tell."),
            "no_leader": self.env._("The team has no leader."),
            "highest_priority": self.env._("The priority is the highest already."),
            "error": self.env._("It failed: %s"),
        }
        text = texts.get(code, "")
        return text % self._get_entry_name(code, value) if "%s" in text else text

    def _get_entry_name(self, code, value):
        model = {
            "empty_group": "res.groups",
            "moved": "crm.ticket.team",
            "archived_team": "crm.ticket.team",
            "error": None,
        }.get(code, "res.users")
        if not model:
            return value
        # sudo: a name, for whoever sees what happened
        record = self.env[model].sudo().browse(value).exists()
        return record.display_name or self.env._("Deleted (%s)", value)

    def action_open_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }

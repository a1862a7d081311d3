from collections import defaultdict

from markupsafe import Markup
from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from odoo.addons.crm_suite.lib.working_time import moment


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
    budget_s = fields.Integer("Budget (seconds)", required=True, readonly=True, aggregator=None)
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
    told_ids = fields.Many2many("res.users", compute="_compute_told_ids")
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

    @api.model
    def _get_told(self, clocks):
        """What acted before for clocks: {clock id: {(rule id, occurrence)}}."""
        told = defaultdict(set)
        for event in self.search_fetch(
            [("clock_id", "in", clocks.ids), ("state", "=", "done"), ("rule_id", "!=", False)],
            ["clock_id", "rule_id", "occurrence"],
        ):
            told[event.clock_id.id].add((event.rule_id.id, event.occurrence))
        return told

    @api.model
    def _record(self, plans, now):
        """Write down what the plans of clocks call for, unless it is there already.

        :param plans: {clock: `sla_ladder.Plan`}
        :param now: epoch seconds
        :return: the events that are new and have to act
        """
        rows = [
            self._prepare_row(clock, due, state, now)
            for clock, plan in plans.items()
            for state, dues in (("done", plan.acting), ("overtaken", plan.overtaken))
            for due in dues
        ]
        if not rows:
            return self.browse()
        self.env.flush_all()
        names = SQL(", ").join(SQL.identifier(name) for name in rows[0])
        # A rule may have been deleted since the ladder was read
        made = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_sla_event
                       (%(names)s, create_uid, write_uid, create_date, write_date)
                SELECT %(values)s, %(uid)s, %(uid)s, %(at)s, %(at)s
                  FROM JSONB_TO_RECORDSET(%(rows)s) AS due (%(types)s)
                  JOIN crm_sla_rule rule ON rule.id = due.rule_id
                ON CONFLICT DO NOTHING
                RETURNING id, state
                """,
                names=names,
                values=SQL(", ").join(SQL.identifier("due", name) for name in rows[0]),
                uid=self.env.uid,
                at=self.env.cr.now(),
                rows=Json(rows),
                types=SQL(", ").join(
                    SQL("%s %s", SQL.identifier(name), SQL(self._fields[name].column_type[1]))
                    for name in rows[0]
                ),
            )
        )
        self.invalidate_model()
        self.env["crm.sla.clock"].invalidate_model(["event_ids"])
        return self.browse(event_id for event_id, state in made if state == "done")

    @api.model
    def _prepare_row(self, clock, due, state, now):
        return {
            "clock_id": clock.id,
            "ticket_id": clock.ticket_id.id,
            "rule_id": due.step.rule,
            "occurrence": due.occurrence,
            "budget_s": clock.budget_s,
            "threshold_s": due.threshold,
            "due_at": str(moment(due.due_at)),
            "fired_at": str(moment(now)),
            "late_s": max(0, now - due.due_at),
            "state": state,
            "kind": "breach" if due.threshold >= clock.budget_s else "warning",
            "metric": clock.metric,
            "policy_id": clock.policy_id.id,
            "company_id": clock.company_id.id,
            "team_id": clock.team_id.id or None,
            "user_id": clock.user_id.id or None,
        }

    def _get_metric_name(self):
        self.ensure_one()
        return dict(self._fields["metric"]._description_selection(self.env))[self.metric]

    def _get_headline(self):
        """What is due, in the language of the context: for subjects and summaries."""
        self.ensure_one()
        return self.env._(
            "%(metric)s: %(step)s", metric=self._get_metric_name(), step=self._get_label()
        )

    def _get_history_text(self):
        """What was due and was done, for the history of the ticket, as Markup."""
        self.ensure_one()
        texts = [self.done_text]
        names = ", ".join(self.notice_ids.user_id.mapped("name"))
        if names:
            texts.append(self.env._("Told: %s.", names))
        texts.append(self.problem_text)
        return Markup("<b>%s</b> %s") % (
            self._get_headline(),
            " ".join(text for text in texts if text),
        )

    def _read_outcome(self, entries):
        """One text of the entries of an outcome, each a list of a code and a value."""
        return " ".join(filter(None, (self._read_entry(*entry) for entry in entries)))

    def _read_entry(self, code, value):
        """The text of what was done or went wrong; other rooms may add theirs.

        :param value: what the code is about: a record id, a value of a selection or a text
        """
        if code == "priority":
            names = dict(
                self.env["crm.ticket"]._fields["priority"]._description_selection(self.env)
            )
            return self.env._("Priority raised to %s.", names.get(value, value))
        if code == "tags":
            # sudo: names, for whoever sees what happened
            tags = self.env["crm.ticket.tag"].sudo().browse(value).exists()
            return self.env._("Tags added: %s.", ", ".join(tags.mapped("name")))
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
            "not_delivered": self.env._("The e-mail to %s was not delivered."),
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

    def _add_problem(self, code, values):
        """Note on events what went wrong after they had acted."""
        for event in self:
            outcome = event.outcome or {}
            problems = [*outcome.get("problems", []), *([code, value] for value in values)]
            event.outcome = {**outcome, "problems": problems}

    def _render_notice(self):
        """The message that tells of this escalation, as Markup, in the language of the context."""
        self.ensure_one()
        return self._render("crm_suite_helpdesk.sla_notice", {"event": self})

    def _render_digest(self, limit):
        more = len(self) - limit
        text = self.env._("And %s more: see Helpdesk, Reporting, Escalations.", more)
        return self._render(
            "crm_suite_helpdesk.sla_digest", {"events": self[:limit], "more": more > 0 and text}
        )

    def _render(self, template, values):
        zone = self.env.context.get("tz")
        return self.env["ir.qweb"]._render(
            template,
            {
                # Not the time zone of the job that writes, but that of whoever reads
                "format_datetime": lambda at: format_datetime(
                    self.env, at, tz=zone, dt_format="short"
                ),
                "direction": self.env["res.lang"]._get_data(code=self.env.lang).direction or "ltr",
                **values,
            },
            minimal_qcontext=True,
            raise_if_not_found=True,
        )

    def _get_ticket_link(self):
        """A link to the ticket that leads there from a mail as well as from Odoo, as Markup."""
        self.ensure_one()
        ticket = self.ticket_id
        return Markup('<a href="%s" data-oe-model="%s" data-oe-id="%s">%s</a>') % (
            f"{ticket.get_base_url()}/mail/view?model={ticket._name}&res_id={ticket.id}",
            ticket._name,
            ticket.id,
            ticket.display_name,
        )

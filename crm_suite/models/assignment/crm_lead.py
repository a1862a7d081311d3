import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ...lib.filter_text import parse_conditions
from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE
from .assigner import Assigner

_logger = logging.getLogger(__name__)

ASSIGN_ACTIVITY = "crm_suite.mail_activity_type_assign"
BATCH = 500
MANY = 20_000  # in one run of the scheduled job
# Above this many in one go, salespeople and leaders read lists: a mail for each would be noise.
TELL_EACH = 20


class CrmLead(models.Model):
    _inherit = "crm.lead"

    assignment_state = fields.Selection(
        [
            ("waiting", "Waiting for Assignment"),
            ("nobody", "Nobody Available"),
            ("automatic", "Assigned Automatically"),
        ],
        string="Assignment",
        readonly=True,
        copy=False,
        help="What the automatic assignment has done. Empty: a person decides.",
    )

    _assignment_state_idx = models.Index(
        "(id) WHERE assignment_state IN ('waiting', 'nobody') AND user_id IS NULL"
    )
    _open_of_user_idx = models.Index("(user_id) WHERE active AND won_status = 'pending'")

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("import_file"):
            vals_list = self._leave_to_assignment(vals_list)
        leads = super().create(vals_list)
        leads._queue_for_assignment()
        return leads

    def write(self, vals):
        if "user_id" not in vals or "assignment_state" in vals:
            result = super().write(vals)
        else:
            self._forget_nobody()
            result = super().write({**vals, "assignment_state": False})
        if vals.get("team_id") and not {"user_id", "assignment_state"} & vals.keys():
            self._queue_for_assignment()
        return result

    def action_assign_automatically(self):
        """Give those of these leads that have no salesperson one; tell what happened."""
        self.check_access("write")
        leads = self.filtered(lambda lead: not lead.user_id and lead.won_status == "pending")
        if not leads:
            raise UserError(self.env._("These leads have a salesperson, or are closed."))
        # sudo: the caller may change the leads; whether colleagues have time is not shown
        remaining = leads.sudo()._assign_automatically()
        assigned = len(leads) - len(remaining)
        messages = []
        if assigned:
            messages.append(self.env._("Leads assigned: %(count)s.", count=assigned))
        if remaining:
            messages.append(
                self.env._(
                    "Still without a salesperson: %(count)s. Their notes say why.",
                    count=len(remaining),
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if remaining else "success",
                "message": " ".join(messages),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _assign_userless_lead_in_team(self, creation_source):
        """The leader of the team gets what is not assigned automatically."""
        others = self.filtered(lambda lead: lead.assignment_state != "waiting")
        return super(CrmLead, others)._assign_userless_lead_in_team(creation_source)

    def _assign_automatically(self):
        """Give these leads a team and a salesperson, and say on each of them why.

        Leads with a salesperson, closed ones and those that somebody else assigns at this
        moment are left alone. Who calls decides that the leads are to be assigned: the switches of
        the teams are not asked.

        :return: the leads that still have no salesperson
        """
        # sudo: territories, absences and loads of colleagues decide, whoever asks
        leads = self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
        leads = leads.filtered(
            lambda lead: not lead.user_id and lead.active and lead.won_status == "pending"
        )
        if not leads:
            return self.browse()
        locked = leads._lock_for_assignment()
        if locked:
            assigner = Assigner(locked)
            decisions = assigner.decide()
            locked._apply_decisions([d for d in decisions if d.member])
            for member in {d.member for d in decisions if d.member}:
                member.last_assigned_at = assigner.candidates[member].last_at
            locked._note_nobody([d for d in decisions if not d.member])
        return self.browse(leads.filtered(lambda lead: not lead.user_id).ids)

    def _lock_for_assignment(self):
        """Return those of the leads that nobody else assigns at this moment.

        The members are locked too: who assigns has to know what others have just assigned. Where
        that cannot be known, the leads wait for the scheduled job, which sees the present.
        """
        self.flush_recordset(["user_id", "team_id", "assignment_state"])
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        "SELECT id FROM crm_team_member WHERE active ORDER BY id"
                        " FOR NO KEY UPDATE NOWAIT"
                    ),
                    log_exceptions=False,
                )
                self.env.cr.execute(
                    SQL(
                        "SELECT id FROM crm_lead WHERE id IN %s FOR NO KEY UPDATE SKIP LOCKED",
                        tuple(self.ids),
                    ),
                    log_exceptions=False,
                )
                ids = {row[0] for row in self.env.cr.fetchall()}
        except (psycopg2.errors.LockNotAvailable, psycopg2.errors.SerializationFailure):
            self._wait_for_assignment()
            return self.browse()
        return self.filtered(lambda lead: lead.id in ids)

    def _apply_decisions(self, decisions):
        groups = {}
        for decision in decisions:
            groups.setdefault((decision.member, decision.get_company()), []).append(decision)
        quiet = len(decisions) > TELL_EACH
        notes, failed = {}, {}
        for (member, company), group in groups.items():
            user, team = member.user_id, member.crm_team_id
            leads = self.browse([decision.lead.id for decision in group]).with_company(company)
            values = {"user_id": user.id, "team_id": team.id, "assignment_state": "automatic"}
            failed.update(leads._write_each(values, quiet))
            env = self.env(context={**self.env.context, "lang": user.lang})
            notes.update((decision.lead.id, decision.get_note(env)) for decision in group)
        if failed:
            self.browse(failed)._write_each({"assignment_state": "nobody"}, quiet)
            notes.update(
                (lead_id, self.env._("The lead cannot be assigned: %(message)s", message=message))
                for lead_id, message in failed.items()
            )
        if notes:
            self.browse(notes)._message_log_batch(bodies=notes)

    def _write_each(self, values, quiet):
        """Write all leads at once or, when that is refused, one by one.

        :return: {id: message} of those that cannot be written
        """
        if not self:
            return {}
        leads = self.with_context(mail_auto_subscribe_no_notify=quiet)
        leads._forget_nobody()
        try:
            with self.env.cr.savepoint():
                leads.write(values)
            return {}
        except (UserError, ValidationError, AccessError) as error:
            if len(self) == 1:
                _logger.info("Lead %s cannot be assigned: %s", self.id, error)
                return {self.id: str(error)}
        failed = {}
        for lead in self:
            failed.update(lead._write_each(values, quiet))
        return failed

    def _note_nobody(self, decisions):
        """Say aloud, once, that nobody is available: a note, a to-do for the team leader, a
        filter.
        """
        news = [d for d in decisions if d.lead.assignment_state != "nobody"]
        if not news:
            return
        notes, by_team = {}, {}
        for decision in news:
            env = self.env(context={**self.env.context, "lang": decision.team.user_id.lang})
            notes[decision.lead.id] = decision.get_note(env)
            by_team.setdefault(decision.team, []).append(decision)
        values = []
        for team, group in by_team.items():
            leads = self.browse([decision.lead.id for decision in group])
            state = {"assignment_state": "nobody"}
            leads.filtered("team_id")._write_each(state, quiet=True)
            leads.filtered(lambda lead: not lead.team_id)._write_each(
                {**state, "team_id": team.id}, quiet=True
            )
            if team.user_id.active:
                values += self._prepare_nobody_activities(team, group, notes)
        self.browse(notes)._message_log_batch(bodies=notes)
        self.env["mail.activity"].create(values)

    def _prepare_nobody_activities(self, team, decisions, notes):
        env = self.env(context={**self.env.context, "lang": team.user_id.lang})
        summary = env._("Nobody is available: assign the lead")
        if len(decisions) > TELL_EACH:
            summary = env._(
                "Nobody is available: assign this lead and %(count)s others (filter Nobody"
                " Available)",
                count=len(decisions) - 1,
            )
            decisions = decisions[:1]
        activity_type = self.env.ref(ASSIGN_ACTIVITY, raise_if_not_found=False)
        return [
            {
                "activity_type_id": activity_type and activity_type.id,
                "automated": True,
                "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "res_id": decision.lead.id,
                "user_id": team.user_id.id,
                "summary": summary,
                "note": notes[decision.lead.id],
            }
            for decision in decisions
        ]

    def _forget_nobody(self):
        """Take back the to-dos of leads that get a salesperson, or that a person looks after."""
        nobody = self.filtered(lambda lead: lead.assignment_state == "nobody")
        if nobody:
            nobody.activity_unlink([ASSIGN_ACTIVITY])

    def _queue_for_assignment(self):
        """Let the scheduled job assign those of the leads that their team assigns at arrival.

        Not at once: a mail or an import must neither wait for it nor fail with it.
        """
        teams, has_rules = self.env["crm.team"]._get_arrival_settings()
        if not teams and not has_rules:
            return
        self.filtered(
            lambda lead: (
                not lead.user_id
                and lead.active
                and lead.won_status == "pending"
                and (lead.team_id.id in teams if lead.team_id else has_rules)
            )
        )._wait_for_assignment()

    def _wait_for_assignment(self):
        if self:
            self._forget_nobody()
            self.write({"assignment_state": "waiting"})
            self._retry_assignment()

    @api.model
    def _retry_assignment(self):
        """Let the scheduled job look at the leads that nobody has."""
        cron = self.env.ref("crm_suite.ir_cron_lead_assign", raise_if_not_found=False)
        if cron:
            # sudo: scheduled jobs are the administrator's
            cron.sudo()._trigger()

    @api.model
    def _leave_to_assignment(self, vals_list):
        """Return the rows of an import without the person who imports as their salesperson, where
        leads are assigned at arrival.
        """
        teams, has_rules = self.env["crm.team"]._get_arrival_settings()
        default_team = self.env.context.get("default_team_id")
        result = []
        for vals in vals_list:
            team = vals.get("team_id", default_team)
            ours = team in teams if team else has_rules
            result.append({"user_id": False, **vals} if ours else vals)
        return result

    @api.model
    def _get_open_counts(self, users):
        """Return the number of open leads and opportunities by the id of the salesperson, as far
        as the reader sees them.
        """
        groups = self._read_group(
            [("user_id", "in", users.ids), ("won_status", "=", "pending")],
            ["user_id"],
            ["__count"],
        )
        return {user.id: count for user, count in groups}

    def _get_place(self):
        return (self.country_id.id, self.state_id.id, self.zip)

    def _filter_by_text(self, text):
        """Return those of the leads that fit the text of a domain; none if it cannot be read."""
        try:
            domain = Domain(parse_conditions(text))
            return self if domain.is_true() else self.search(Domain("id", "in", self.ids) & domain)
        except (ValueError, TypeError):
            _logger.info("An assignment filter cannot be read: %s", text)
            return self.browse()

    @api.model
    def _apply_assignment_rules(self, teams, creation_delta_days):
        """Give new leads without a team the team that a rule names, if it is one of `teams`."""
        domain = Domain(
            [("team_id", "=", False), ("user_id", "=", False), ("won_status", "=", "pending")]
        )
        if creation_delta_days:
            since = self.env.cr.now() - timedelta(days=creation_delta_days)
            domain &= Domain("create_date", ">", since)
        rest = self.search(domain)
        for rule in self.env["crm.assignment.rule"].search([("active", "=", True)]):
            fitting = rule._filter_leads(rest)
            rest -= fitting
            if rule.team_id in teams:
                fitting._handle_salesmen_assignment(team_id=rule.team_id.id)

    @api.model
    def _cron_assign(self):
        """Assign the leads that wait, and try those again that nobody was there for."""
        leads = self.search(
            [("assignment_state", "in", ["waiting", "nobody"]), ("user_id", "=", False)],
            order="assignment_state DESC, id",
            limit=MANY,
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(leads))
        for ids in split_every(BATCH, leads.ids):
            batch = self.browse(ids).exists()
            batch._assign_automatically()
            batch.filtered(lambda lead: lead.won_status != "pending").assignment_state = False
            if not cron._commit_progress(len(ids)):
                break

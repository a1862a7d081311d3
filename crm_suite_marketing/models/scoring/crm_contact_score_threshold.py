import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.mail_guard import RETRIED

from . import statements

_logger = logging.getLogger(__name__)

# contacts on which a threshold acts in one transaction
BATCH = 200
LOCK = "crm_suite_marketing.contact_score_threshold"
# Whoever is above already when one of these changes has not risen
DEFINITION_FIELDS = frozenset(("active", "measure", "bound", "company_id"))


class CrmContactScoreThreshold(models.Model):
    """What happens when the points of a contact rise to a number.

    It happens once until the contact has fallen below again. Nothing happens because somebody
    changes rules or thresholds: whoever is above by that is only noted.
    """

    _name = "crm.contact.score.threshold"
    _description = "Contact Score Threshold"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    measure = fields.Selection(
        [("total", "All points"), ("engagement", "Engagement"), ("fit", "Fit")],
        string="Of",
        required=True,
        default="total",
    )
    bound = fields.Integer("From Points", required=True, default=50, aggregator=None)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: contacts of all companies."
    )
    # who
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        index="btree_not_null",
        ondelete="set null",
        domain=[("share", "=", False)],
        help="Empty: the members of the sales team, in turn.",
    )
    team_id = fields.Many2one("crm.team", "Sales Team", index="btree_not_null", ondelete="set null")
    keep_salesperson = fields.Boolean(
        "Contacts Stay With Their Salesperson",
        default=True,
        help="Who has a salesperson already keeps him, and he gets the lead and the activity.",
    )
    # what
    set_salesperson = fields.Boolean("Assign the Contact", help="The contact gets the salesperson.")
    create_lead = fields.Boolean(
        "Create a Lead", help="Contacts with an open lead or opportunity get no other one."
    )
    lead_type = fields.Selection(
        [("lead", "Lead"), ("opportunity", "Opportunity")],
        string="As",
        required=True,
        default=lambda self: (
            "lead" if self.env.user.has_group("crm.group_use_lead") else "opportunity"
        ),
    )
    source_id = fields.Many2one("utm.source", index="btree_not_null", ondelete="set null")
    stage_id = fields.Many2one(
        "crm.stage",
        "Move Open Leads To",
        index="btree_not_null",
        ondelete="set null",
        domain=[("is_won", "=", False)],
        help="Only forward: what is further already stays.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        "Plan an Activity",
        index="btree_not_null",
        ondelete="set null",
        domain=[("res_model", "in", [False, "res.partner"])],
        help="On the lead that was created, else on the contact.",
    )
    activity_summary = fields.Char("Summary", translate=True)
    activity_days = fields.Integer("Due In", default=1, aggregator=None, help="Days.")
    last_error = fields.Text("Last Problem", readonly=True, copy=False)
    hit_count = fields.Integer("Reached", compute="_compute_hit_count")

    _check_activity_days = models.Constraint(
        "CHECK(activity_days BETWEEN 0 AND 3650)", "An activity is due in 0 to 3650 days."
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_hit_count(self):
        counts = dict(
            self.env["crm.contact.score.hit"]._read_group(
                [("threshold_id", "in", self.ids), ("state", "!=", "skipped")],
                ["threshold_id"],
                ["__count"],
            )
        )
        for threshold in self:
            threshold.hit_count = counts.get(threshold, 0)

    @api.constrains("set_salesperson", "create_lead", "stage_id", "activity_type_id")
    def _check_does_something(self):
        for threshold in self:
            if not (
                threshold.set_salesperson
                or threshold.create_lead
                or threshold.stage_id
                or threshold.activity_type_id
            ):
                raise ValidationError(
                    self.env._("“%(name)s”: choose what happens.", name=threshold.name)
                )

    @api.constrains("set_salesperson", "user_id", "team_id")
    def _check_salesperson(self):
        for threshold in self:
            if threshold.set_salesperson and not (threshold.user_id or threshold.team_id):
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: choose the salesperson or the sales team.", name=threshold.name
                    )
                )

    # ------------------------------------------------------------------
    # CRUD and actions
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        thresholds = super().create(vals_list)
        thresholds._arm()
        return thresholds

    def write(self, vals):
        result = super().write(vals)
        if DEFINITION_FIELDS & set(vals):
            self._arm()
        return result

    def action_view_hits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_contact_score_hit_action"
        )
        return action | {"domain": [("threshold_id", "=", self.id)]}

    # ------------------------------------------------------------------
    # Who has risen
    # ------------------------------------------------------------------

    def _arm(self):
        """Note who is above already: only whoever rises from now on matters."""
        self.env.flush_all()
        self._note_risen(self.filtered("active"), None, True)

    @api.model
    def _compare(self, partner_ids, is_silent):
        """Note who has risen to a threshold, and who has fallen below one.

        :param partner_ids: None: everybody
        """
        self._note_risen(self.search([("active", "=", True)]), partner_ids, is_silent)

    def _note_risen(self, thresholds, partner_ids, is_silent):
        if not thresholds:
            return
        Engine = self.env["crm.contact.score.engine"]
        values = {
            "thresholds": thresholds.ids,
            "measured": statements.MEASURED,
            "now": fields.Datetime.now(),
            "state": "skipped" if is_silent else "waiting",
            "result": self.env._("Was above when rules or thresholds were changed.")
            if is_silent
            else None,
        }
        for statement, alias in ((statements.REARM, "old"), (statements.REACH, "score")):
            scope = Engine._scope(alias, partner_ids)
            self.env.cr.execute(SQL(statement, scope=scope, **values))
        self.env["crm.contact.score.hit"].invalidate_model(flush=False)

    # ------------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------------

    @api.model
    def _process(self):
        """Act on everybody who has risen and waits, a batch at a time."""
        cron = self.env["ir.cron"]
        # sudo: what a threshold does a manager has decided, whoever made the contact rise
        thresholds = self.with_user(SUPERUSER_ID).sudo().with_context(active_test=False)
        for threshold in thresholds.search([]):  # pylint: disable=no-search-all
            while hits := threshold._take():
                threshold._act_on(hits)
                if not cron._commit_progress(len(hits)):
                    return

    def _take(self):
        """Lock a batch of those who wait: nobody else acts on them, nor hands out in turn."""
        self.ensure_one()
        self.env.flush_all()
        lock = SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", LOCK, self.id)
        if not self.env.execute_query(lock)[0][0]:
            return self.env["crm.contact.score.hit"]
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM crm_contact_score_hit
                    WHERE threshold_id = %s AND state = 'waiting'
                 ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED""",
                self.id,
                BATCH,
            )
        )
        return self.env["crm.contact.score.hit"].browse([row[0] for row in rows])

    def _act_on(self, hits):
        """Act on all at once; where that fails, on one after the other: the others get theirs."""
        self.ensure_one()
        if not self.active:
            self._note({hit: {"state": "skipped"} for hit in hits})
            return
        try:
            with self.env.cr.savepoint():
                self._note(self._act(hits))
            return
        except RETRIED:
            raise
        except Exception:
            _logger.info("Contact score threshold %s: one by one", self.id, exc_info=True)
        # what was to be written is undone
        self.env.invalidate_all(flush=False)
        for hit in hits:
            try:
                with self.env.cr.savepoint():
                    self._note(self._act(hit))
            except RETRIED:
                raise
            except Exception as error:
                _logger.exception("Contact score threshold %s failed", self.id)
                self.env.invalidate_all(flush=False)
                text = str(error).replace("\0", "")
                self._note({hit: {"state": "failed", "result": text}})
                self.last_error = self.env._(
                    "%(contact)s: %(problem)s", contact=hit.partner_id.display_name, problem=text
                )

    def _act(self, hits):
        """Do what this threshold says.

        :return: ``{hit: values to note}``
        """
        self.ensure_one()
        done = {hit: [] for hit in hits}
        users = self._choose_users(hits)
        leads = self._find_open_leads(hits.partner_id)
        if self.set_salesperson:
            self._assign(users, done)
        if self.stage_id:
            self._move(hits, leads, done)
        created = self._create_leads(users, leads, done) if self.create_lead else {}
        if self.activity_type_id:
            self._plan(users, created, done)
        self._tell(hits, done)
        return {
            hit: {
                "state": "done",
                "result": ", ".join(texts) or self.env._("nothing to do"),
                "user_id": users[hit].id or None,
                "lead_id": created[hit].id if hit in created else None,
            }
            for hit, texts in done.items()
        }

    def _choose_users(self, hits):
        """Return who gets each contact: his own salesperson, the one of the threshold, or the
        members of the team in turn, the one first who got fewest by this threshold.
        """
        nobody = self.env["res.users"]
        members = (
            self.team_id.crm_team_member_ids.user_id.filtered("active").sorted("id")
            if not self.user_id
            else nobody
        )
        given = dict(
            self.env["crm.contact.score.hit"]._read_group(
                [("threshold_id", "=", self.id), ("user_id", "in", members.ids)],
                ["user_id"],
                ["__count"],
            )
        )
        counts = {member: given.get(member, 0) for member in members}
        users = {}
        for hit in hits:
            own = hit.partner_id.user_id
            if own and self.keep_salesperson:
                users[hit] = own
            elif counts:
                users[hit] = min(counts, key=lambda member: (counts[member], member.id))
                counts[users[hit]] += 1
            else:
                users[hit] = self.user_id or own
        return users

    def _find_open_leads(self, partners):
        """Return ``{contact: open leads and opportunities}``."""
        leads = self.env["crm.lead"].search(
            [
                ("partner_id", "in", partners.ids),
                ("active", "=", True),
                ("won_status", "=", "pending"),
            ]
        )
        return leads.grouped("partner_id")

    def _assign(self, users, done):
        # the note on the contact says it; of an activity the salesperson knows without a mail
        context = {
            "mail_notrack": True,
            "mail_auto_subscribe_no_notify": bool(self.activity_type_id),
        }
        by_user = {}
        for hit, user in users.items():
            if user and hit.partner_id.user_id != user:
                by_user.setdefault(user, []).append(hit)
        for user, hits in by_user.items():
            # one write for each salesperson
            partners = self.env["res.partner"].concat(*(hit.partner_id for hit in hits))
            partners.with_context(**context).user_id = user
            for hit in hits:
                done[hit].append(self.env._("assigned to %(user)s", user=user.name))
        for hit, user in users.items():
            if not user:
                done[hit].append(self.env._("nobody available to assign"))

    def _move(self, hits, leads, done):
        stage, place = self.stage_id, (self.stage_id.sequence, self.stage_id.id)
        behind = self.env["crm.lead"]
        for hit in hits:
            found = leads.get(hit.partner_id, behind.browse()).filtered(
                lambda lead: (
                    (lead.stage_id.sequence, lead.stage_id.id) < place
                    and (not stage.team_ids or lead.team_id in stage.team_ids)
                )
            )
            behind |= found
            if found:
                done[hit].append(self.env._("moved to %(stage)s", stage=stage.name))
        behind.write({"stage_id": stage.id})

    def _create_leads(self, users, leads, done):
        values = {}
        for hit, user in users.items():
            partner = hit.partner_id
            if partner in leads:
                done[hit].append(self.env._("there is an open lead already"))
                continue
            values[hit] = {
                "name": f"{self.name}: {partner.display_name}",
                "partner_id": partner.id,
                "type": self.lead_type,
                "user_id": user.id,
                "team_id": self.team_id.id,
                "source_id": self.source_id.id,
                "company_id": (partner.company_id or self.company_id or self.team_id.company_id).id,
            }
            if not self.team_id:
                # the one of the salesperson
                del values[hit]["team_id"]
        created = self.env["crm.lead"].create(list(values.values()))
        result = dict(zip(values, created, strict=True))
        for hit in result:
            done[hit].append(self.env._("lead created"))
        return result

    def _plan(self, users, created, done):
        deadline = fields.Date.context_today(self) + timedelta(days=self.activity_days)
        models_ = {name: self.env["ir.model"]._get_id(name) for name in ("crm.lead", "res.partner")}
        values = []
        for hit, user in users.items():
            if not user:
                done[hit].append(self.env._("nobody to plan an activity for"))
                continue
            record = created.get(hit) or hit.partner_id
            values.append(
                {
                    "activity_type_id": self.activity_type_id.id,
                    "res_model_id": models_[record._name],
                    "res_id": record.id,
                    "user_id": user.id,
                    "summary": self.with_context(lang=user.lang).activity_summary,
                    "date_deadline": deadline,
                }
            )
            done[hit].append(
                self.env._(
                    "planned “%(activity)s” for %(user)s",
                    activity=self.activity_type_id.name,
                    user=user.name,
                )
            )
        # they stand in the list of activities: no mail for each, of hundreds at once
        activities = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        activities.create(values)

    def _tell(self, hits, done):
        """Say on the contacts what was done and why."""
        hits.partner_id._message_log_batch(
            bodies={
                hit.partner_id.id: self.env._(
                    "%(score)s points reached “%(threshold)s” (%(bound)s): %(result)s.",
                    score=hit.score,
                    threshold=self.name,
                    bound=self.bound,
                    result=", ".join(done[hit]) or self.env._("nothing to do"),
                )
                for hit in hits
            }
        )

    def _note(self, values):
        """Write down what was done, all at once.

        :param values: ``{hit: {state, result, user_id, lead_id}}``
        """
        self.env.flush_all()
        rows = [
            (hit.id, row["state"], row.get("result"), row.get("user_id"), row.get("lead_id"))
            for hit, row in values.items()
        ]
        ids, states, results, users, leads = (list(column) for column in zip(*rows, strict=True))
        self.env.cr.execute(
            SQL(
                """UPDATE crm_contact_score_hit AS hit
                      SET state = said.state, result = said.result, user_id = said.user_id,
                          lead_id = said.lead_id
                     FROM unnest(%s::int[], %s::varchar[], %s::text[], %s::int[], %s::int[])
                          AS said(id, state, result, user_id, lead_id)
                    WHERE hit.id = said.id""",
                ids,
                states,
                results,
                users,
                leads,
            )
        )
        self.env["crm.contact.score.hit"].invalidate_model(flush=False)

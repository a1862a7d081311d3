import logging
from datetime import datetime, time

from psycopg2.errors import QueryCanceled

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG
from odoo.addons.crm_suite.lib.mail_guard import RETRIED
from odoo.addons.crm_suite.models.mixins.filter_guard import (
    DATABASE_ERRORS,
    FILTER_ERRORS,
    limit_statements,
)

from . import statements
from .bounds import get_bounds

_logger = logging.getLogger(__name__)

# contacts that one transaction of the frequent job scores
BATCH = 5000
# so many contacts are scored while a person waits; more are left to the job
AT_ONCE = 20000
# how long the database may look at the filter of one rule
RULE_SECONDS = 60
LOCK = "crm_suite_marketing.contact_score"
# what was defined otherwise since all contacts were scored: nobody rises because of that
CHANGED = "crm_suite_marketing.score_changed"
JOB = "crm_suite_marketing.ir_cron_contact_score"
NIGHTLY_JOB = "crm_suite_marketing.ir_cron_contact_score_all"


class CrmContactScoreEngine(models.AbstractModel):
    """Scores contacts by all rules at once: the number of statements follows the number of rules
    with a filter, never that of the contacts.

    A pass over the same facts on the same day writes nothing, so it may be repeated at any time.
    One pass works at a time. Who rises to a threshold is written down in the transaction of the
    pass; what follows from that is done afterwards (`crm.contact.score.threshold._process`).
    """

    _name = "crm.contact.score.engine"
    _description = "Scoring of Contacts"

    # ------------------------------------------------------------------
    # A pass
    # ------------------------------------------------------------------

    @api.model
    def _refresh(self, partner_ids=None, is_silent=False, today=None):
        """Score contacts anew, by what is known now.

        :param partner_ids: None: all
        :param is_silent: what this changes wakes no threshold
        :param today: the day whose points are wanted
        """
        # sudo: the score says something about the contact, whoever starts the pass
        self.sudo()._refresh_as_system(partner_ids, is_silent, today)

    def _refresh_as_system(self, partner_ids, is_silent, today):
        self.env.flush_all()
        # one pass at a time: what two write would depend on who is first
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(hashtext(%s))", LOCK))
        now = fields.Datetime.now()
        today = today or now.date()
        # of another day: whatever has happened until its end
        now = min(now, datetime.combine(today, time.max))
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", statements.NEW))
        self.env.cr.execute(SQL(statements.CREATE_NEW, statements.NEW))
        # the events of all contacts are sorted
        self.env.cr.execute(SQL("SET LOCAL work_mem = '64MB'"))
        rules = self.env["crm.contact.score.rule"].search([("active", "=", True)])
        self._add_engagement(
            rules.filtered(lambda rule: rule.kind == "engagement"), partner_ids, today, now
        )
        skipped = self._add_fit(rules.filtered(lambda rule: rule.kind == "fit"), partner_ids)
        self._write(partner_ids, skipped, today)
        self.env["crm.contact.score.threshold"]._compare(partner_ids, is_silent)
        self.env.invalidate_all(flush=False)

    def _scope(self, alias, partner_ids):
        if partner_ids is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", SQL.identifier(alias, "partner_id"), list(partner_ids))

    def _add_engagement(self, rules, partner_ids, today, now):
        """Add what the rules on behaviour find."""
        company = self.env["crm.engagement"]._get_main_company()
        mails = rules.filtered(lambda rule: not rule._is_of_orders())
        for part, statement in (
            (mails, statements.MAIL_DAYS),
            (rules - mails, statements.ORDER_DAYS),
        ):
            if part:
                days = SQL(
                    statement,
                    meant=statements.MEANT,
                    rules=part.ids,
                    now=now,
                    company=company.id,
                    scope=self._scope("event", partner_ids),
                )
                self.env.cr.execute(
                    SQL(statements.ADD_ENGAGEMENT, new=statements.NEW, days=days, today=today)
                )

    def _add_fit(self, rules, partner_ids):
        """Add whom the rules on contacts find, each with the rights of its owner.

        :return: the rules that do not work: what they gave before stays
        """
        skipped = rules.browse()
        for rule in rules:
            problem = False
            try:
                with limit_statements(self.env.cr, RULE_SECONDS, clear=False):
                    query = rule._get_contact_query(partner_ids)
                    if not query.is_empty():
                        self.env.cr.execute(
                            SQL(
                                statements.ADD_FIT,
                                new=statements.NEW,
                                rule=rule.id,
                                points=rule.points,
                                found=query.subselect(),
                            )
                        )
            except (AccessError, QueryCanceled, *FILTER_ERRORS, *DATABASE_ERRORS) as error:
                problem = rule._describe_failure(error)
                skipped |= rule
                _logger.warning("Contact score rule %s is skipped: %s", rule.id, problem)
            if (rule.run_error or False) != problem and (problem or partner_ids is None):
                rule.run_error = problem
        return skipped

    def _write(self, partner_ids, skipped, today):
        """Bring reasons and scores up to date with what was found."""
        self.env.flush_all()
        self.env.cr.execute(SQL("ANALYZE %s", statements.NEW))
        values = {
            "new": statements.NEW,
            "skipped": skipped.ids,
            "scope": self._scope("old", partner_ids),
            "today": today,
            **get_bounds(self.env),
        }
        for statement in (
            statements.DELETE_GONE,
            statements.WRITE_ENTRIES,
            statements.DELETE_SCORES,
            statements.WRITE_SCORES,
        ):
            self.env.cr.execute(SQL(statement, **values))

    # ------------------------------------------------------------------
    # Since the last pass
    # ------------------------------------------------------------------

    @api.model
    def _note_change(self):
        """Rules, thresholds or bounds were changed: all contacts are scored anew soon."""
        if self.env.context.get(MODULE_UNINSTALL_FLAG):
            # the rules go with the add-on: nothing is left to score by
            return
        # sudo: a note for the job
        self.env["ir.config_parameter"].sudo().set_param(CHANGED, "1")
        # while the add-on is installed or updated, its data need no run for each rule
        if self.env.registry.ready:
            self.env.ref(NIGHTLY_JOB)._trigger()

    @api.model
    def _is_changed(self):
        # sudo: see above
        return bool(self.env["ir.config_parameter"].sudo().get_param(CHANGED))

    @api.model
    def _refresh_all(self):
        """Score all contacts; what somebody has defined otherwise wakes no threshold."""
        is_changed = self._is_changed()
        # nobody's work is lost: whoever comes meanwhile is on the list again
        self.env["crm.contact.score.queue"]._empty()
        self._refresh(None, is_silent=is_changed)
        if is_changed:
            # sudo: the note of the job
            self.env["ir.config_parameter"].sudo().set_param(CHANGED, False)

    @api.model
    def _find_outdated(self):
        """Return contacts whose points are those of another day."""
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM crm_contact_score WHERE as_of <> %s LIMIT %s",
                fields.Date.today(),
                BATCH,
            )
        )
        return [partner_id for [partner_id] in rows]

    # ------------------------------------------------------------------
    # Jobs and button
    # ------------------------------------------------------------------

    def _is_free(self):
        """Keep other passes out until the transaction ends; False when one is at it."""
        lock = SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", LOCK)
        return self.env.execute_query(lock)[0][0]

    @api.model
    def _cron_refresh(self):
        """Score whoever did something since the last pass, and whose points have faded."""
        Queue, cron = self.env["crm.contact.score.queue"], self.env["ir.cron"]
        if self._is_changed():
            self._cron_refresh_all()
        cron._commit_progress(remaining=1)
        for find in (lambda: Queue._take(BATCH), self._find_outdated):
            # before anybody is taken off the list: the other pass looks at all
            while (is_free := self._is_free()) and (partner_ids := find()):
                self._refresh(partner_ids)
                if not cron._commit_progress(len(partner_ids), remaining=1):
                    return
            if not is_free:
                break
        cron._commit_progress(remaining=0)
        self.env["crm.contact.score.threshold"]._process()

    @api.model
    def _cron_refresh_all(self):
        """Score everybody, note what everybody's score is, and what came of former ones."""
        cron = self.env["ir.cron"]
        # what this transaction has seen may be from before another pass
        cron._commit_progress(remaining=1)
        try:
            if self._is_free():
                self._refresh_all()
                self.env["crm.contact.score.snapshot"]._keep_up()
                cron._commit_progress(1, remaining=0)
        except RETRIED:
            # somebody was faster; the next run looks again
            self.env.cr.rollback()
            cron._commit_progress(remaining=0)
        self.env["crm.contact.score.threshold"]._process()

    @api.model
    def _start(self):
        """Score everybody now where there are few, else have it done.

        :return: what to show
        """
        if not self.env.user.has_group("crm_suite_marketing.group_marketing_manager"):
            raise AccessError(
                self.env._("Only marketing managers have the scores of all contacts computed.")
            )
        rows = self.env.execute_query(SQL("SELECT FROM res_partner LIMIT %s", AT_ONCE + 1))
        if len(rows) <= AT_ONCE:
            self._refresh_all()
            self.env.ref(JOB)._trigger()
            message = self.env._("The scores are up to date.")
        else:
            self.env.ref(NIGHTLY_JOB)._trigger()
            message = self.env._("The scores are computed in the background.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

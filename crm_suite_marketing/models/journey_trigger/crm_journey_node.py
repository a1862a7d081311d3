import hashlib
import json
import time
from datetime import timedelta

from psycopg2.errors import QueryCanceled

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite.models.mixins.filter_guard import (
    DATABASE_ERRORS,
    FILTER_ERRORS,
    limit_statements,
)

from . import conditions, entrants

# How long whoever launches waits for a number
COUNT_SECONDS = 10

# What of a node says for whom a start looks
LOOKED_FOR = (
    "trigger",
    "segment_id",
    "stage_id",
    "domain",
    "about_mailing_id",
    "is_sure",
    "url_part",
    "web_form_id",
    "form_ref",
    "date_field_id",
    "amount",
    "unit",
    "side",
)
OF_MESSAGES = ("opened", "clicked", "replied", "bounced", *entrants.AWAITED)
OF_PEOPLE = ("segment_enter", "segment_leave", "lifecycle", "form", "visit")
OF_ORDERS = ("quotation_sent", "order_confirmed")
# Who they are about, besides contacts
MODELS_OF = {
    "quotation_sent": ("sale.order", "crm.lead"),
    "order_confirmed": ("sale.order", "crm.lead"),
    "invoice_overdue": ("account.move",),
}
# All records are looked at anew after a hundred times the time that it takes
FULL_FACTOR = 100
FULL_MOST = timedelta(days=1)
FOUND = """
    SELECT array_agg(found.res_id ORDER BY found.res_id),
           array_agg(found.entry::text ORDER BY found.res_id)
      FROM (%s) AS found
"""
COVERED = """
    SELECT DISTINCT ON (found.res_id) found.res_id, found.entry
      FROM (%(rows)s) AS found
     WHERE %(readable)s
       AND NOT EXISTS (
           SELECT FROM crm_journey_participant AS passed
            WHERE passed.journey_id = %(journey)s
              AND passed.model = %(model)s
              AND passed.res_id = found.res_id
              AND (passed.state = 'running' OR passed.exited_at >= found.at))
  ORDER BY found.res_id, found.at
"""


class CrmJourneyNode(models.Model):
    """Starts: who comes in. And the events that conditions, branches and goals ask for."""

    _name = "crm.journey.node"
    _inherit = ["crm.journey.node", "crm.filter.mixin"]

    is_sure = fields.Boolean(
        "Only If Certainly a Person",
        help="Some mail programs load every picture, so nobody knows who opened a mail. What is "
        "certainly a program never counts.",
    )
    visit_count = fields.Integer("Visits at Least", default=1)
    visit_days = fields.Integer("Within Days", default=7)
    hook_match = fields.Selection(
        [("email", "E-mail Address"), ("field", "A Field"), ("record", "Number of the Record")],
        "Found by",
        default="email",
        help="How a call names who comes in: “email”, “key” or “id”.",
    )
    hook_field_id = fields.Many2one(
        "ir.model.fields",
        "Field of the Key",
        ondelete="set null",
        index="btree_not_null",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('char', 'integer')),"
        " ('store', '=', True)]",
    )
    hook_creates = fields.Boolean("Create Unknown Contacts")
    hook_fields = fields.Text(
        "Fields Taken Over",
        help="One a line: name in the call = name of the field. Nothing else of a call is written.",
    )
    hook_address = fields.Char("Address", compute="_compute_hook")
    hook_secret = fields.Char(
        "Secret",
        compute="_compute_hook",
        help="The other program signs its calls with it. Only the responsible and managers see it.",
    )

    @api.depends("kind", "trigger", "uid")
    @api.depends_context("uid")
    def _compute_hook(self):
        nodes = self.filtered(lambda node: node.kind == "trigger" and node.trigger == "webhook")
        (self - nodes).update({"hook_address": False, "hook_secret": False})
        for node in nodes:
            hook = self.env["crm.journey.hook"]._get(node)
            node.hook_address = hook.address if hook else False
            node.hook_secret = hook._get_shown_secret() if hook else False

    def action_new_hook_secret(self):
        """Make a new secret; what is signed with the old one is refused."""
        self.ensure_one()
        self.check_access("write")
        self.env["crm.journey.hook"]._get(self).action_new_secret()

    # ------------------------------------------------------------------
    # Who comes in
    # ------------------------------------------------------------------

    def _get_trigger_signature(self):
        values = [self[name].id if name.endswith("_id") else self[name] for name in LOOKED_FOR]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]

    def _find_entrants(self, since=None, until=None, look=None):
        """Return the query of who comes in by this start, as `_enrol` takes it.

        Whoever was in the journey when it happened, or after it, does not come in by it: looking
        again, or in another order, leads to the same.

        :param since: the last look; of records that match: None for all
        :param until: now
        :return: ``SQL`` of (res_id, entry); None where nobody comes in by himself
        """
        self.ensure_one()
        until = until or fields.Datetime.now()
        # sudo: looks are kept by the system
        look = look or self.env["crm.journey.look"].sudo()._get(self.sudo(), until)
        if self.trigger == "match":
            rows, readable = self._find_matching(look, since, until), SQL("TRUE")
        elif self.trigger in entrants.SOURCES:
            since = since or look.looked_at or look.started_at
            rows = entrants.SOURCES[self.trigger](self, look, since, until)
            readable = SQL("found.res_id IN (%s)", self._select_readable())
        else:
            return None
        return SQL(
            COVERED,
            rows=rows,
            readable=readable,
            journey=self.journey_id.id,
            model=self.model_name,
        )

    def _find_all(self, look, now):
        """Return who comes in now.

        Records that match are looked at when they were changed; and all of them as often as that is
        cheap, as what a filter looks at may stand elsewhere, or be the time.

        :return: ids and what led each in; and since when records were looked at, None for all
        """
        since = look.looked_at or look.started_at
        is_full = False
        if self.trigger == "match":
            pause = timedelta(seconds=look.full_seconds * FULL_FACTOR)
            is_full = (
                not look.full_at
                or now >= look.full_at + min(pause, FULL_MOST)
                # the clock was set back since
                or look.full_at > now
            )
            since = None if is_full else since
        begun = time.monotonic()
        self.env.flush_all()
        query = self._find_entrants(since, now, look)
        [row] = self.env.execute_query(SQL(FOUND, query)) if query else [(None, None)]
        if is_full:
            look.write({"full_at": now, "full_seconds": time.monotonic() - begun})
        return row, since

    def _select_readable(self):
        """Return the query of the records that the responsible may read, of the company of the
        journey, which match the filter of the start.
        """
        query = self._get_owner_records()._search(self._get_entry_domain())
        return query.select()

    def _get_owner_records(self):
        journey = self.journey_id
        records = self.env[self.model_name].with_user(journey.user_id)
        return records.with_context(
            allowed_company_ids=journey.company_id.ids, lang=journey.user_id.lang
        )

    def _get_entry_domain(self):
        records = self._get_owner_records()
        domain = self._parse_domain()
        self.env["crm.segment.filter.mixin"]._check_fields(domain, records)
        company = records._fields.get("company_id")
        if company and company.store and company.comodel_name == "res.company":
            domain &= Domain("company_id", "in", [self.journey_id.company_id.id, False])
        return domain

    def _parse_domain(self):
        # what is empty is no filter
        return super()._parse_domain() if self.domain else Domain.TRUE

    # ------------------------------------------------------------------
    # Records that have come to match
    # ------------------------------------------------------------------

    def _find_matching(self, look, since, until):
        """Return the query of records that match and did not at the last look.

        :param since: only those that were changed since; None: all
        """
        extra = Domain.TRUE
        if not look.full_at and not self.includes_members:
            # who matched before the launch does not come in
            extra = Domain("create_date", ">=", look.started_at)
        return SQL(
            """SELECT matching.id AS res_id, %(until)s::timestamp AS at,
                      jsonb_build_object('match', %(until)s) AS entry
                 FROM (%(query)s) AS matching
                WHERE NOT EXISTS (SELECT FROM crm_journey_match AS known
                                   WHERE known.look_id = %(look)s
                                     AND known.res_id = matching.id)""",
            query=self._select_matching(since, extra),
            until=fields.Datetime.to_string(until),
            look=look.id,
        )

    def _select_matching(self, since, extra=Domain.TRUE):
        records = self._get_owner_records()
        domain = self._get_entry_domain() & extra
        if since:
            domain &= Domain("write_date", ">=", since - entrants.LATE["row"])
        return records._search(domain).select()

    def _keep_matching(self, look, since):
        """Remember who matches now.

        :param since: only of those that were changed since; None: of all
        """
        cr = self.env.cr
        matching = self._select_matching(since)
        among = SQL()
        if since:
            changed = SQL(
                "SELECT id FROM %s WHERE write_date >= %s",
                SQL.identifier(self.env[self.model_name]._table),
                since - entrants.LATE["row"],
            )
            among = SQL("AND known.res_id IN (%s)", changed)
        cr.execute(
            SQL(
                """DELETE FROM crm_journey_match AS known
                    WHERE known.look_id = %s %s
                      AND NOT EXISTS (
                          SELECT FROM (%s) AS still(id) WHERE still.id = known.res_id)""",
                look.id,
                among,
                matching,
            )
        )
        cr.execute(
            SQL(
                """INSERT INTO crm_journey_match (look_id, res_id)
                   SELECT %s, matching.id FROM (%s) AS matching(id)
                       ON CONFLICT DO NOTHING""",
                look.id,
                matching,
            )
        )

    def _count_entrants(self):
        if self.trigger != "match" or not self.includes_members:
            return super()._count_entrants()
        try:
            with limit_statements(self.env.cr, COUNT_SECONDS, clear=False):
                matching = SQL("SELECT count(*) FROM (%s) AS found", self._select_matching(None))
                [[count]] = self.env.execute_query(matching)
        except (QueryCanceled, *FILTER_ERRORS, *DATABASE_ERRORS):
            # what is wrong with the filter is told elsewhere
            return None
        return count

    # ------------------------------------------------------------------
    # Events that conditions ask for
    # ------------------------------------------------------------------

    def _make_event_condition(self):
        """Return the SQL condition, of aliases `participant` and `step`, that the event which the
        node asks for has happened.
        """
        self.ensure_one()
        return conditions.make(self)

    # ------------------------------------------------------------------
    # What is wrong with the settings
    # ------------------------------------------------------------------

    def _find_setting_problems(self):
        problems = super()._find_setting_problems()
        if self.kind == "trigger":
            problems += self._find_start_problems()
        elif self.kind in ("condition", "branch", "goal") and self.asks == "event":
            problems += self._find_event_problems()
        return problems

    def _find_start_problems(self):
        if not self.trigger:
            return [self.env._("Choose what lets people in.")]
        problems = self._find_model_problems() or self._find_missing()
        if self.trigger == "match" and not problems and self._is_without_filter():
            problems.append(self.env._("Set a filter: without one all records come in."))
        if self.domain and not problems:
            records = self.with_user(self.journey_id.user_id).sudo(False)
            problem = records._find_problem(self._parse_domain, self.model_name)
            if problem:
                problems.append(
                    self.env._("The filter does not work: %(problem)s", problem=problem)
                )
        return problems

    def _is_without_filter(self):
        try:
            return self._parse_domain().is_true()
        except UserError:
            # told by who looks at the filter
            return False

    def _find_missing(self):
        trigger = self.trigger
        if trigger in ("segment_enter", "segment_leave"):
            if not self.segment_id:
                return [self.env._("Choose the segment.")]
            if not self.segment_id.active:
                return [self.env._("The segment “%s” is archived.", self.segment_id.name)]
        if trigger == "form":
            return self._find_form_problems()
        if trigger == "lifecycle" and not self.stage_id:
            return [self.env._("Choose the lifecycle stage.")]
        if trigger in OF_MESSAGES and not self.about_mailing_id:
            return [self.env._("Choose the mailing.")]
        if trigger in ("date", "yearly") and not self.date_field_id:
            return [self.env._("Choose the date.")]
        if trigger in ("date", "yearly") and self.date_field_id.model != self.model_name:
            return [
                self.env._("“%s” is no date of the participants.", self.date_field_id.display_name)
            ]
        if trigger in entrants.AWAITED and self.amount <= 0:
            return [self.env._("Set the time within which people should have done it.")]
        if self.amount < 0 or self.amount > 10000:
            return [self.env._("The time is between 0 and 10,000.")]
        if trigger == "webhook":
            return self.env["crm.journey.hook"]._find_problems(self)
        return []

    def _find_model_problems(self):
        """What happens to people, or to orders, is not about any record."""
        model, trigger = self.model_name, self.trigger
        name = dict(self._fields["trigger"]._description_selection(self.env)).get(trigger)
        if not model or model not in self.env:
            return [self.env._("Choose whose journey it is.")]
        if model == "res.partner":
            return []
        fits = True
        if trigger in OF_PEOPLE:
            fits = entrants.has_person(self.env[model])
        elif trigger in MODELS_OF:
            fits = model in MODELS_OF[trigger] and model in self.env
        elif trigger in OF_MESSAGES and self.about_mailing_id:
            fits = self.about_mailing_id.mailing_model_real == model
        if fits:
            return []
        return [
            self.env._(
                "“%(trigger)s” says nothing about records of the kind “%(model)s”. Choose another "
                "start, or a journey of contacts.",
                trigger=name,
                model=self.model_id.name,
            )
        ]

    def _find_event_problems(self):
        if not self.event:
            # told with the question
            return []
        if self.event in entrants.MESSAGE_KINDS and self.about_node_uid:
            nodes = self.version_id.node_ids.filtered(lambda one: one.kind in ("mail", "sms"))
            if self.about_node_uid not in nodes.mapped("uid"):
                return [self.env._("The message that it is about is not in the journey any more.")]
        return self._find_form_problems() if self.event == "form" else []

    def _find_form_problems(self):
        form = self.web_form_id
        if not form:
            return []
        if not form.active:
            return [self.env._("The form “%s” is archived.", form.display_name)]
        if form.company_id != self.journey_id.company_id:
            return [self.env._("The form “%s” is of another company.", form.display_name)]
        return []

    def _get_form_name(self):
        return self.web_form_id.display_name or self.form_ref

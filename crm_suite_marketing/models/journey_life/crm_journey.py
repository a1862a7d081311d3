from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.crm_suite.models.mixins.filter_guard import FILTER_ERRORS

from ..journey.choices import OPEN_STEPS
from .by_system import BY_SYSTEM, KEY, is_by_system

# Written by buttons only; their values before the first launch
SYSTEM_FIELDS = {
    "state": "draft",
    "live_version_id": False,
    "draft_version_id": False,
    "launched_at": False,
    "paused_at": False,
    "pause_reason": False,
    "looked_at": False,
    "trigger_problem": False,
}
# What says how long and for what people wait at a step
PLANNED_BY = ("amount", "unit", "has_hour", "at_hour", "working_days", "until_kind", "until_at")
PLANNED_BY += ("side", "date_field_id", "asks", "domain", "event", "about_node_uid", "url_part")
PLANNED_BY += ("about_mailing_id", "form_ref", "web_form_id", "visit_count", "visit_days")
PLANNED_BY += ("is_sure",)
# They count at once, for people who are on their way, without a launch
AT_ONCE = {
    "company_id",
    "exit_domain",
    "exit_on_goal",
    "exit_on_leave",
    "exit_on_unsubscribe",
    "is_exclusive",
    "keeps_quiet_hours",
    "purpose_id",
    "reentry",
    "reentry_amount",
    "reentry_unit",
    "sequence",
}
MANAGER = "crm_suite_marketing.group_marketing_manager"


class CrmJourney(models.Model):
    """The life of journeys: draft, launch, edit, stop. Nothing of it is written by hand."""

    # each room extends the journey by itself
    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    is_mine_to_launch = fields.Boolean(compute="_compute_is_mine_to_launch")

    @api.depends_context("uid")
    @api.depends("user_id")
    def _compute_is_mine_to_launch(self):
        for journey in self:
            journey.is_mine_to_launch = journey._may_launch()

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for values in vals_list:
                self._refuse_by_hand(values)
                # also against defaults, whoever set them
                values |= SYSTEM_FIELDS
        journeys = super().create(vals_list)
        journeys._check_model_name()
        return journeys

    def write(self, vals):
        if not self.env.su:
            self._refuse_by_hand(vals)
            self._check_responsible(vals)
            self._check_at_once(vals)
        if "model_id" in vals:
            self._check_model_change(vals["model_id"])
        if "active" in vals and not vals["active"]:
            self._check_may_rest()
        result = super().write(vals)
        if "model_name" in vals:
            self._check_model_name()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_may_rest()
        # sudo: also those of records that the user does not see
        if (
            self.env["crm.journey.participant"]
            .sudo()
            .search_count([("journey_id", "in", self.ids)], limit=1)
        ):
            raise UserError(
                self.env._(
                    "People have gone through this journey. Archive it instead: reports and"
                    " histories tell of it."
                )
            )

    def copy(self, default=None):
        """The copy is a draft of what is live, or else of the draft, with the same settings."""
        if "version_ids" in (default or {}):
            # what the system may write while it copies, nobody sends along
            raise UserError(self.env._("A version stays with its journey, under its number."))
        copies = super(
            CrmJourney, self.with_context(**{KEY: BY_SYSTEM, "journey_has_no_parts": True})
        ).copy(default)
        copies = copies.with_env(self.env)
        for journey, new in zip(self, copies, strict=True):
            if source := journey.live_version_id or journey.draft_version_id:
                source._copy_parts_to(new.draft_version_id)
        return copies

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for journey, values in zip(self, vals_list, strict=True):
                values["name"] = self.env._("%s (copy)", journey.name)
        return vals_list

    def _add_first_version(self):
        result = super()._add_first_version()
        if is_by_system(self.env) and self.env.context.get("journey_has_no_parts"):
            self.draft_version_id.node_ids.unlink()
        return result

    def _refuse_by_hand(self, values):
        if any(
            values[name] not in (False, None, initial)
            for name, initial in SYSTEM_FIELDS.items()
            if name in values
        ):
            raise AccessError(
                self.env._("A journey is launched, paused and stopped by its buttons only.")
            )
        for name in SYSTEM_FIELDS:
            values.pop(name, None)

    def _check_model_name(self):
        """The name follows the model, whatever somebody writes there."""
        # sudo: what the model is called
        for journey in self.sudo():
            if journey.model_name != journey.model_id.model:
                raise AccessError(
                    self.env._("What goes through a journey is chosen as its participants.")
                )

    def _check_at_once(self, vals):
        """Whoever may not launch does not change what counts without a launch, either."""
        names = AT_ONCE & vals.keys()
        for journey in self.filtered(lambda one: names and one.state != "draft"):
            changed = {
                name
                for name in names
                # which goes first matters where one takes people out of another only
                if name != "sequence" or journey.is_exclusive
                for field in [journey._fields[name]]
                if field.convert_to_cache(vals[name], journey)
                != field.convert_to_cache(journey[name], journey)
            }
            if changed:
                journey._check_is_mine_to_launch()
            if "exit_domain" in changed:
                # it is asked with the rights of the responsible
                journey._check_may_lend(journey.user_id)

    def _by_system(self):
        # sudo: states are written by the buttons alone, which ask who may
        return self.sudo().with_context(**{KEY: BY_SYSTEM})

    def _check_model_change(self, model_id):
        for journey in self.filtered(lambda one: one.model_id.id != model_id):
            versions = journey.version_ids
            if any(version.state != "draft" for version in versions) or len(versions.node_ids) > 1:
                raise UserError(
                    self.env._(
                        "What goes through a journey cannot change once it has steps. Start a"
                        " new journey."
                    )
                )

    def _check_may_rest(self):
        if any(journey.state in ("running", "paused") for journey in self):
            raise UserError(self.env._("Stop the journey first: people are on their way."))

    # ------------------------------------------------------------------
    # Who may do what
    # ------------------------------------------------------------------

    def _may_launch(self):
        """:return: whether the user may launch, resume and stop; pausing may whoever sees it"""
        self.ensure_one()
        return self.env.su or self.env.user == self.user_id or self.env.user.has_group(MANAGER)

    def _check_may_launch(self):
        for journey in self:
            journey.check_access("write")
            journey._check_is_mine_to_launch()
            self._check_may_lend(journey.user_id)

    def _check_is_mine_to_launch(self):
        self.ensure_one()
        if not self._may_launch():
            raise AccessError(
                self.env._(
                    "Only %s, who is responsible, or a manager of marketing may do this.",
                    self.user_id.name,
                )
            )

    def _check_may_lend(self, user):
        """What runs does so with the rights of the responsible: nobody gets those of an
        administrator by naming him.
        """
        if not self._may_lend(user):
            raise AccessError(
                self.env._(
                    "The journey would run with the rights of %s, an administrator: only an"
                    " administrator can let it.",
                    user.name,
                )
            )

    def _may_lend(self, user):
        return (
            self.env.su
            or user == self.env.user
            or not any(
                # sudo: which rights somebody has who is not the user
                user.sudo().has_group(group) and not self.env.user.has_group(group)
                for group in ("base.group_system", "base.group_erp_manager")
            )
        )

    def _may_ask_as_responsible(self):
        """:return: whether the user may see what filters say with the rights of the responsible"""
        self.ensure_one()
        return self._may_launch() and self._may_lend(self.user_id)

    def _check_responsible(self, vals):
        if "user_id" not in vals:
            return
        user = self.env["res.users"].browse(vals["user_id"])
        for journey in self.filtered(lambda one: one.state != "draft" and one.user_id != user):
            if not self.env.user.has_group(MANAGER):
                raise AccessError(
                    self.env._(
                        "What runs with the rights of somebody else is given to him by a manager"
                        " of marketing."
                    )
                )
            journey._check_may_lend(user)

    def _find_filter_problems(self, text, needs_rule=False):
        """:return: what is wrong with a filter, asked with the rights of the responsible"""
        self.ensure_one()
        try:
            self._select_matching(text)
        except AccessError:
            return [self.env._("%s may not see what the filter asks about.", self.user_id.name)]
        except FILTER_ERRORS:
            return [self.env._("The filter cannot be read. Choose it again.")]
        if needs_rule and not self._has_conditions(text):
            return [self.env._("Choose the filter.")]
        return []

    # ------------------------------------------------------------------
    # Launch
    # ------------------------------------------------------------------

    def action_launch(self):
        """Show what is wrong with the draft, who would enter, and what becomes of those who are on
        their way; launch from there.
        """
        self.ensure_one()
        self._check_may_launch()
        self._check_has_draft()
        wizard = self.env["crm.journey.launch"].create({"journey_id": self.id})
        wizard._fill()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Launch"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _check_has_draft(self):
        self.ensure_one()
        if not self.draft_version_id:
            raise UserError(
                self.env._("There is nothing new to launch. Choose “Edit” to change the journey.")
            )

    def _lock(self):
        """Let one person at a time change the life of a journey; whoever comes second sees what
        the first has done.
        """
        self.ensure_one()
        self.env.execute_query(
            SQL("SELECT id FROM crm_journey WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        self.invalidate_recordset()

    def _announce_launch(self, version):
        self.message_post(
            body=self.env._(
                "Version %(number)s was launched. It runs with the rights of %(user)s.",
                number=version.number,
                user=self.user_id.name,
            )
        )

    def _count_places(self, version):
        """Count who is on the way in other versions than this one, by node.

        :return: list of ``(node_id, uid, has place, count)``; a place is a node of the same key
            and kind
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """SELECT old.id, old.uid, new.id IS NOT NULL, count(*)
                     FROM crm_journey_participant participant
                     JOIN crm_journey_step step ON step.participant_id = participant.id
                                               AND step.state IN %(open)s
                     JOIN crm_journey_node old ON old.id = step.node_id
                LEFT JOIN crm_journey_node new ON new.version_id = %(version)s
                                              AND new.uid = old.uid AND new.kind = old.kind
                    WHERE participant.journey_id = %(journey)s AND participant.state = 'running'
                      AND participant.version_id <> %(version)s
                 GROUP BY old.id, new.id ORDER BY old.y, old.x, old.id""",
                open=OPEN_STEPS,
                version=version.id,
                journey=self.id,
            )
        )

    def _move_people(self, version):
        """Let all who are on the way in other versions go on in this one: each at the node with
        the same key; those without leave. Whoever waits there for something else than before
        waits for that, from when he came on. One statement for each kind of thing.

        :return: how many moved
        """
        self.ensure_one()
        self.env.flush_all()
        self.env["crm.journey.participant"]._exit(
            SQL(
                """SELECT participant.id FROM crm_journey_participant participant
                LEFT JOIN crm_journey_step step ON step.participant_id = participant.id
                                               AND step.state IN %(open)s
                LEFT JOIN crm_journey_node old ON old.id = step.node_id
                LEFT JOIN crm_journey_node new ON new.version_id = %(version)s
                                              AND new.uid = old.uid AND new.kind = old.kind
                    WHERE participant.journey_id = %(journey)s AND participant.state = 'running'
                      AND participant.version_id <> %(version)s AND new.id IS NULL""",
                open=OPEN_STEPS,
                version=version.id,
                journey=self.id,
            ),
            "moved",
        )
        self.env.execute_query(
            SQL(
                """UPDATE crm_journey_step step
                      SET node_id = new.id,
                          state = CASE WHEN %(is_new)s THEN 'due' ELSE step.state END,
                          due_at = CASE WHEN %(is_new)s THEN %(now)s ELSE step.due_at END
                     FROM crm_journey_participant participant, crm_journey_node old,
                          crm_journey_node new
                    WHERE participant.journey_id = %(journey)s AND participant.state = 'running'
                      AND old.id = step.node_id
                      AND participant.version_id <> %(version)s
                      AND step.participant_id = participant.id AND step.state IN %(open)s
                      AND new.version_id = %(version)s AND new.uid = step.node_uid
                RETURNING 1""",
                open=OPEN_STEPS,
                version=version.id,
                is_new=self._make_waits_anew(),
                now=fields.Datetime.now(),
                journey=self.id,
            )
        )
        moved = self.env.execute_query(
            SQL(
                """UPDATE crm_journey_participant SET version_id = %(version)s
                    WHERE journey_id = %(journey)s AND state = 'running'
                      AND version_id <> %(version)s
                RETURNING 1""",
                version=version.id,
                journey=self.id,
            )
        )
        self.env["crm.journey.step"]._wake_workers()
        self.env.invalidate_all()
        return len(moved)

    def _make_waits_anew(self):
        """Return the condition that somebody waits at the node `new` for something else than he
        does at `old`; what was never filled in and what was emptied are the same.
        """
        plans = [
            SQL(", ").join(
                SQL(
                    "NULLIF(NULLIF(NULLIF(%s::text, ''), 'false'), '0')",
                    SQL.identifier(node, name),
                )
                for name in PLANNED_BY
            )
            for node in ("old", "new")
        ]
        return SQL("(step.state = 'waiting' AND ROW(%s) IS DISTINCT FROM ROW(%s))", *plans)

    # ------------------------------------------------------------------
    # Edit
    # ------------------------------------------------------------------

    def action_edit(self):
        """Start a draft from what is live, with the same keys, so that people find their places
        in it. Whoever comes second gets the draft of the first.
        """
        self.ensure_one()
        self.check_access("write")
        self._lock()
        if not self.draft_version_id:
            version = self.live_version_id
            draft = self.env["crm.journey.version"].create({"journey_id": self.id})
            version._copy_parts_to(draft)
            self._by_system().draft_version_id = draft
        return True

    def action_discard_draft(self):
        """Throw away what was changed since the launch."""
        self.ensure_one()
        self.check_access("write")
        if not self.live_version_id:
            raise UserError(self.env._("The journey has no other version. Delete it instead."))
        self.draft_version_id.unlink()
        return True

    # ------------------------------------------------------------------
    # People
    # ------------------------------------------------------------------

    def action_enrol(self):
        """Choose who is to go through the journey."""
        self.ensure_one()
        self.check_access("write")
        return self._open_dialog(self.env._("Add People"), "crm.journey.enrolment")

    def _get_start_by_hand(self):
        """:return: the node by which people enter whom somebody puts in"""
        self.ensure_one()
        starts = self.live_version_id.node_ids.filtered(lambda one: one.kind == "trigger")
        by_hand = starts.filtered(lambda one: one.trigger == "manual")
        return (by_hand or starts)[:1]

    def action_open_participants(self):
        """Show all who have ever been in it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_journey_participant_action"
        )
        return action | {
            "name": self.name,
            "display_name": self.name,
            "domain": [("journey_id", "=", self.id)],
            "context": {},
        }

    def _open_dialog(self, name, model):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_journey_id": self.id},
        }

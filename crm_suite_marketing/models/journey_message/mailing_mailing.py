from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..audience import audience
from ..sending.handover import Fate

# Of a journey these are always as the journey says
OF_JOURNEY = {
    "ab_testing_enabled",
    "active",
    "at_local_time",
    "contact_list_ids",
    "delivery_engine",
    "keeps_quiet_hours",
    "mailing_domain",
    "mailing_filter_id",
    "mailing_model_id",
    "mailing_type",
    "purpose_id",
    "schedule_date",
    "schedule_type",
    "segment_id",
    "state",
    "user_id",
}
# What people may change while it goes: it is no part of the message
FREE = {
    "activity_ids",
    "favorite",
    "favorite_date",
    "kpi_mail_required",
    "message_follower_ids",
    "message_ids",
    "message_main_attachment_id",
    "uncertain_hours",
    "uncertain_policy",
}
# In the context where a journey does it. No program can send it.
BY_JOURNEY = object()
EXPIRED = """
    SELECT message.id,
           CASE WHEN participant.state = 'left' THEN 'left' ELSE 'expired' END
      FROM crm_outbox AS message
      JOIN crm_journey_step AS step ON step.id = message.journey_step_id
      JOIN crm_journey_participant AS participant ON participant.id = step.participant_id
     WHERE message.id = ANY(%s)
       AND (participant.state = 'left' OR step.entered_at + %s::interval < %s)
"""
# Who may be two records of the journey, at one address
PEOPLE = ("res.partner", "mailing.contact")


class MailingMailing(models.Model):
    """The message of a node of a journey: written and tried as any other, sent by the same workers
    with the same gates, to whoever comes to the node. It is open as long as the journey runs.
    """

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    journey_id = fields.Many2one(
        "crm.journey",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="It goes to whoever comes to its place in this journey.",
    )
    journey_node_ids = fields.One2many("crm.journey.node", "mailing_id", "Place in the Journey")
    is_paused_by_journey = fields.Boolean("Paused by Its Journey", readonly=True, copy=False)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        mailings = super().create(vals_list)
        if not self._is_by_journey() and any(mailing.journey_id for mailing in mailings):
            raise UserError(self.env._("Messages of a journey are made in the journey."))
        return mailings

    def write(self, vals):
        if not self.env.su and not self._is_by_journey():
            self._check_journey_values(vals)
        return super().write(vals)

    def _is_by_journey(self):
        return self.env.context.get("suite_journey") is BY_JOURNEY

    def _by_journey(self):
        """Return the mailings as their journey makes, changes and deletes them."""
        return self.with_context(suite_journey=BY_JOURNEY)

    def _check_journey_values(self, vals):
        of_journey = self.filtered("journey_id")
        # whoever may not change the journey does not change what it says
        if of_journey:
            of_journey.journey_id.check_access("write")
        if "journey_id" in vals or (of_journey and OF_JOURNEY & vals.keys()):
            for mailing in of_journey or self[:1]:
                names = OF_JOURNEY | {"journey_id"}
                if mailing._is_changed_by(vals, names):
                    raise UserError(
                        self.env._(
                            "“%s” is a message of a journey, which says to whom and when it goes. "
                            "Change the journey instead.",
                            mailing.subject,
                        )
                    )
        for mailing in of_journey.filtered("launched_at"):
            if mailing._is_changed_by(vals, vals.keys() - FREE):
                raise UserError(
                    self.env._(
                        "“%(mailing)s” is being sent by the journey “%(journey)s”. What was "
                        "launched stays as it was: change it in a new version of the journey.",
                        mailing=mailing.subject,
                        # sudo: only its name, for the message
                        journey=mailing.sudo().journey_id.name,
                    )
                )

    def _is_changed_by(self, vals, names):
        self.ensure_one()
        return any(
            field.type in ("one2many", "many2many")
            or field.convert_to_cache(vals[field.name], self)
            != field.convert_to_cache(self[field.name], self)
            for field in map(self._fields.get, vals.keys() & names)
            if field
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_journey(self):
        kept = self.filtered("journey_id")
        if kept and not self._is_by_journey():
            raise UserError(
                self.env._(
                    "“%(mailing)s” is a message of the journey “%(journey)s”. Delete its place "
                    "there instead.",
                    mailing=kept[0].subject,
                    # sudo: only its name, for the message
                    journey=kept[0].sudo().journey_id.name,
                )
            )

    def _drop_from_journey(self):
        """Delete what never went with its place; what went stays, in the archive."""
        # sudo: they are the journey's own
        messages = self.sudo().exists()._by_journey()
        sent = messages.filtered(lambda one: one._has_deliveries())
        (messages - sent).unlink()
        sent.write({"journey_id": False, "active": False})

    # ------------------------------------------------------------------
    # It is launched, closed and sent again by its journey only
    # ------------------------------------------------------------------

    def _check_no_journey(self):
        kept = self.filtered("journey_id")
        if kept:
            raise UserError(
                self.env._(
                    "“%s” is a message of a journey: it goes to whoever comes to its place there.",
                    kept[0].subject,
                )
            )

    def action_put_in_queue(self):
        self._check_no_journey()
        return super().action_put_in_queue()

    def _launch(self, res_ids=None):
        self._check_no_journey()
        return super()._launch(res_ids)

    def action_send_mail(self, res_ids=None):
        self._check_no_journey()
        return super().action_send_mail(res_ids)

    def action_cancel(self):
        self._check_no_journey()
        return super().action_cancel()

    def action_send_missed(self):
        self._check_no_journey()
        return super().action_send_missed()

    def _stage_missed(self):
        self._check_no_journey()
        return super()._stage_missed()

    @api.model
    @api.readonly
    def search(self, domain, *args, **kwargs):
        """Core's queue would call them sent as soon as nothing waits."""
        if self.env.context.get("suite_leaves_to_core"):
            domain = Domain(domain) & Domain("journey_id", "=", False)
        return super().search(domain, *args, **kwargs)

    @api.model
    def _get_due_domain(self):
        return [("journey_id", "=", False), *super()._get_due_domain()]

    def _close_delivered(self):
        """Others come to the node later."""
        return super(
            MailingMailing, self.filtered(lambda one: not one.journey_id)
        )._close_delivered()

    def _pause(self, reason, tell=True):
        """What stops a message is told where people look at the journey."""
        result = super()._pause(reason, tell)
        for mailing in self.filtered("journey_id"):
            # sudo: the system stops it, and tells
            journey = mailing.sudo().journey_id
            journey.message_post(
                body=journey.env._(
                    "The message “%(mailing)s” is not sent any more until somebody resumes it. "
                    "%(reason)s",
                    mailing=mailing.subject,
                    reason=reason,
                ),
                partner_ids=journey.user_id.partner_id.ids if tell else [],
                subtype_xmlid="mail.mt_note",
            )
        return result

    def _open_for_journey(self):
        """Let the workers send what the journey plans from now on."""
        for mailing in self:
            # sudo: the system writes how a mailing stands
            sender = mailing.sudo()._by_button()._by_journey()
            sender.write(
                {
                    "state": "sending",
                    "launched_at": fields.Datetime.now(),
                    "launched_by_id": mailing.journey_id.user_id.id,
                    **mailing.journey_id._prepare_shared_values(),
                }
            )

    # ------------------------------------------------------------------
    # Recipients
    # ------------------------------------------------------------------

    def _get_delivery_company(self):
        # sudo: which company counts is no question of rights
        journey = self.sudo().journey_id
        return journey.company_id if journey else super()._get_delivery_company()

    def _get_sending_company(self):
        # sudo: the same
        journey = self.sudo().journey_id
        return journey.company_id if journey else super()._get_sending_company()

    def _plan_for_steps(self, steps, node):
        """Plan a message for each of these steps, or note why there is none. Those of an earlier
        try stay.

        :param steps: as nodes get them
        :return: ``{step id: (id of the delivery, its state, reason)}``; who is not named cannot be
            read by the responsible, or is archived or gone
        """
        self.ensure_one()
        known = self._find_planned(steps)
        steps = [step for step in steps if step["id"] not in known]
        if steps:
            planning = self.with_context(suite_journey_steps=(steps, node.uid))
            planning._stage_audience([step["res_id"] for step in steps])
            if planning._write_audience(audience.INSERT):
                self.env["crm.outbox"]._wake_workers()
        return known | self._find_planned(steps)

    def _find_planned(self, steps):
        rows = self.env.execute_query(
            SQL(
                """SELECT journey_step_id, id, state, reason FROM crm_outbox
                    WHERE journey_step_id = ANY(%s) AND mailing_id = %s""",
                [step["id"] for step in steps],
                self.id,
            )
        )
        return {step_id: tuple(row) for step_id, *row in rows}

    def _stage_audience(self, res_ids=None, again=False):
        if self.journey_id and not self.env.context.get("suite_journey_steps"):
            self._check_no_journey()
        return super()._stage_audience(res_ids, again)

    def _get_recipients_domain(self):
        """Nobody is meant but who is at the node just now."""
        if not self.journey_id:
            return super()._get_recipients_domain()
        steps, _uid = self.env.context.get("suite_journey_steps") or ((), None)
        return Domain("id", "in", [step["res_id"] for step in steps])

    def _stage_known(self, again):
        """Give each its step: it has no message yet."""
        if not self.journey_id:
            return super()._stage_known(again)
        steps, uid = self.env.context["suite_journey_steps"]
        return self._run(
            SQL(
                """UPDATE %s AS audience SET step_id = step.id, step_key = step.key
                     FROM unnest(%s::int[], %s::int[], %s::text[]) AS step(res_id, id, key)
                    WHERE step.res_id = audience.res_id""",
                audience.TABLE,
                [step["res_id"] for step in steps],
                [step["id"] for step in steps],
                [f"j{step['participant_id']}:{uid}:{step['pass_number']}" for step in steps],
            )
        )

    def _stage_duplicates(self):
        """Two contacts with one address get one message; two orders of a customer are two."""
        if not self.journey_id:
            return super()._stage_duplicates()
        if self.mailing_model_real not in PEOPLE:
            return None
        return self._run(
            SQL(
                """
                UPDATE %(table)s AS audience SET reason = 'duplicate'
                  FROM (SELECT res_id, identity_key,
                               row_number() OVER (PARTITION BY identity ORDER BY res_id) AS place
                          FROM %(table)s
                         WHERE reason IS NULL) AS placed
                 WHERE placed.res_id = audience.res_id
                   AND (placed.place > 1
                        OR EXISTS (SELECT FROM crm_outbox AS other
                                    WHERE other.identity_key = placed.identity_key
                                      AND other.mailing_id = %(mailing)s
                                      AND other.res_id != placed.res_id
                                      AND other.state != 'suppressed'))
                """,
                table=audience.TABLE,
                mailing=self.id,
            )
        )

    def _ask_before_sending(self, rows):
        """Whoever has left the journey in the meantime, or waited too long, gets nothing."""
        fates = super()._ask_before_sending(rows)
        # sudo: the journey counts, whoever may read it
        journey = self.exists().sudo().journey_id
        rest = [row["id"] for row in rows if row["id"] not in fates]
        if not journey or not rest:
            return fates
        # sudo: the same
        longest = self.sudo().journey_node_ids[:1]._get_expiry() or timedelta(days=36500)
        found = self.env.execute_query(SQL(EXPIRED, rest, longest, fields.Datetime.now()))
        return fates | {number: Fate("suppressed", reason) for number, reason in found}

    def _make_webhook_payload(self, kind, messages):
        payload = super()._make_webhook_payload(kind, messages)
        # sudo: only its name, which the manager of the webhook gets
        journey = self.sudo().journey_id
        return payload | {"journey": journey.name} if journey else payload

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_journey(self):
        """Open the journey that this is a message of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.journey_id.display_name,
            "res_model": "crm.journey",
            "res_id": self.journey_id.id,
            "view_mode": "form",
        }

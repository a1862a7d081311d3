from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...lib import mail_check
from ..journey.outcome import Outcome

# Kinds of nodes that are the type of a mailing
MESSAGE_KINDS = ("mail", "sms", "webhook")
# What is written, by kind: it goes along when a journey is exported
CONTENT = {
    "mail": ("subject", "preview", "body_arch", "body_html"),
    "sms": ("subject", "body_plaintext"),
    "webhook": ("subject", "body_plaintext"),
}
# Besides: whether it is delivered so
SWITCHES = {"mail": ("at_usual_hour",), "sms": ("at_usual_hour",)}
MAILING_CONTEXT = ("default_mailing_type", "default_mailing_model_id", "default_segment_id")


class CrmJourneyNode(models.Model):
    """Nodes that write to people: each has a mailing, which the delivery engine sends."""

    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    mailing_id = fields.Many2one(
        "mailing.mailing",
        "Message",
        # by hand it is refused (`mailing.mailing`); it goes with its model
        ondelete="set null",
        index="btree_not_null",
        help="What goes to whoever comes here.",
    )
    mailing_subject = fields.Char("Subject of the Message", related="mailing_id.subject")
    webhook_id = fields.Many2one(related="mailing_id.webhook_id", string="Webhook")
    message_sent_count = fields.Integer("Sent", compute="_compute_message_counts")
    message_opened_count = fields.Integer("Opened", compute="_compute_message_counts")
    message_clicked_count = fields.Integer("Clicked", compute="_compute_message_counts")
    message_replied_count = fields.Integer("Replied", compute="_compute_message_counts")

    _mailing_uniq = models.UniqueIndex(
        "(mailing_id) WHERE mailing_id IS NOT NULL", "This message has its place already."
    )

    @api.depends("mailing_id")
    def _compute_message_counts(self):
        names = ("sent", "opened", "clicked", "replied")
        for node in self:
            for name in names:
                node[f"message_{name}_count"] = node.mailing_id[name] if node.mailing_id else 0

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A node that is made like another gets a copy of its message."""
        vals_list = [dict(vals) for vals in vals_list]
        sources = [vals.pop("mailing_id", False) for vals in vals_list]
        nodes = super().create(vals_list)
        for node, source in zip(nodes, sources, strict=True):
            if source and node.kind in MESSAGE_KINDS:
                node._take_message(self.env["mailing.mailing"].browse(source))
        return nodes

    def write(self, vals):
        if "mailing_id" in vals and not self.env["mailing.mailing"]._is_by_journey():
            raise UserError(self.env._("The message of a node is made by its button."))
        dropped = self.browse()
        if "kind" in vals:
            dropped = self.filtered(lambda node: node.mailing_id and node.kind != vals["kind"])
        messages = dropped.mailing_id
        result = super().write(vals)
        if messages:
            dropped.with_env(messages._by_journey().env).write({"mailing_id": False})
            messages._drop_from_journey()
        return result

    def unlink(self):
        messages = self.mailing_id
        result = super().unlink()
        messages._drop_from_journey()
        return result

    # ------------------------------------------------------------------
    # The message
    # ------------------------------------------------------------------

    def action_write_message(self):
        """Open the message of the node; make it when it has none."""
        self.ensure_one()
        if self.kind not in MESSAGE_KINDS:
            raise UserError(self.env._("There is nothing to write here."))
        if not self.mailing_id:
            if self.version_id.state != "draft":
                raise UserError(self.env._("What was launched stays as it was."))
            self._make_message()
        return {
            "type": "ir.actions.act_window",
            "name": self.mailing_id.display_name,
            "res_model": "mailing.mailing",
            "res_id": self.mailing_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_view_deliveries(self):
        """Open who got the message of this node, and who did not."""
        self.ensure_one()
        return self.mailing_id.action_view_deliveries()

    def _prepare_message_values(self):
        journey = self.journey_id
        return {
            "journey_id": journey.id,
            "subject": self.name or journey.name,
            "mailing_type": self.kind,
            "delivery_engine": "suite",
            "mailing_domain": "[]",
            **journey._prepare_shared_values(),
        }

    def _make_message(self):
        """Make an empty message, as the user, whose templates may hold no code."""
        self.ensure_one()
        context = dict.fromkeys(MAILING_CONTEXT)
        Mailing = self.env["mailing.mailing"].with_context(**context)._by_journey()
        mailing = Mailing.create(self._prepare_message_values())
        self.with_env(mailing.env).write({"mailing_id": mailing.id})
        return self.mailing_id

    def _take_message(self, source):
        """Take a message over, or a copy of it where it is another's already."""
        self.ensure_one()
        source.check_access("read")
        values = {
            "state": "draft",
            **self._prepare_message_values(),
            "subject": source.subject,
        }
        # files of one mailing are not shown with another
        copied = source._by_journey().copy(values)
        if source.attachment_ids and not copied.attachment_ids:
            copied.attachment_ids = [Command.set(source.attachment_ids.copy().ids)]
        self.with_env(copied.env).write({"mailing_id": copied.id})

    def _export_message(self):
        """:return: what the message says, as plain data; nothing where there is none"""
        self.ensure_one()
        names = CONTENT.get(self.kind, ()) if self.mailing_id else ()
        content = {name: str(self.mailing_id[name] or "") for name in names}
        switches = SWITCHES.get(self.kind, ()) if names else ()
        return content | {name: True for name in switches if self.mailing_id[name]}

    def _import_message(self, content):
        """Make the message of exported data, as the user: code that he may not write is refused."""
        self.ensure_one()
        if not content or self.kind not in CONTENT:
            return
        if not self.mailing_id:
            self._make_message()
        self.mailing_id.write(
            {
                name: content[name]
                for name in (*CONTENT[self.kind], *SWITCHES.get(self.kind, ()))
                if content.get(name)
            }
        )

    def _get_expiry(self):
        """:return: how long after somebody came here it still makes sense, or None"""
        if not self.expiry_amount:
            return None
        now = fields.Datetime.now()
        return now + relativedelta(**{self.expiry_unit or "days": self.expiry_amount}) - now

    # ------------------------------------------------------------------
    # What happens here
    # ------------------------------------------------------------------

    def _run_mail(self, steps):
        return self._run_message(steps)

    def _run_sms(self, steps):
        return self._run_message(steps)

    def _run_webhook(self, steps):
        return self._run_message(steps)

    def _run_message(self, steps):
        """Hand the message to the delivery engine: who may not get it goes on without."""
        self.ensure_one()
        mailing = self.mailing_id
        if not mailing:
            raise UserError(self.env._("There is no message to send here."))
        planned = mailing._plan_for_steps(steps, self)
        labels = dict(self.env["crm.outbox"]._fields["reason"]._description_selection(self.env))
        outcomes = {}
        for step in steps:
            if step["id"] not in planned:
                words = self.env._(
                    "The record is archived or deleted, or the responsible may not read it."
                )
                outcomes[step["id"]] = Outcome(state="skipped", reason="gone", detail=words)
                continue
            delivery, state, reason = planned[step["id"]]
            if state == "suppressed":
                outcomes[step["id"]] = Outcome(
                    state="skipped",
                    reason=reason,
                    detail=labels.get(reason),
                    outbox_id=delivery,
                )
            else:
                outcomes[step["id"]] = Outcome(outbox_id=delivery)
        return outcomes

    # ------------------------------------------------------------------
    # What is wrong
    # ------------------------------------------------------------------

    def _find_setting_problems(self):
        problems = super()._find_setting_problems()
        if self.kind in MESSAGE_KINDS:
            problems += self._find_message_problems()
        return problems

    def _find_setting_warnings(self):
        """Buttons of ready journeys lead nowhere before somebody says where: nobody could click."""
        warnings = super()._find_setting_warnings()
        body = self.kind == "mail" and self.mailing_id.body_html
        for finding in mail_check.check_links(mail_check.get_links(str(body or ""))):
            if finding.code == "empty_link":
                words = self.env["crm.mailing.check.line"]._describe(self.mailing_id, finding)
                warnings.append(". ".join(words))
        return warnings

    def _find_message_problems(self):
        mailing = self.mailing_id
        if not mailing:
            return [self.env._("There is no message yet. Write it.")]
        problems = []
        if not (mailing.subject or "").strip():
            problems.append(self.env._("The message has no subject."))
        if mailing.mailing_model_id != self.model_id:
            problems.append(self.env._("The message is for other records than the journey."))
        if self.kind == "mail":
            errors = [one for one in mailing._check_content() if one.severity == "error"]
            check = self.env["crm.mailing.check.line"]
            problems += [check._describe(mailing, one)[0] for one in errors]
        elif self.kind == "sms" and not (mailing.body_plaintext or "").strip():
            problems.append(self.env._("The text message has no text."))
        problems += self._find_gate_problems(mailing)
        return problems

    def _find_gate_problems(self, mailing):
        problems = []
        if self.kind != "mail":
            problems += mailing._get_merge_errors()
        if self.kind == "webhook":
            # sudo: whether it can be called, whoever may read it
            hook = mailing.sudo().webhook_id
            if not hook:
                problems.append(self.env._("Choose the webhook that is called."))
            elif not hook.active:
                problems.append(self.env._("The webhook “%s” is archived.", hook.name))
        purpose = self.journey_id.purpose_id
        if purpose and mailing._get_consent_channel() not in purpose._get_channels():
            problems.append(self.env._("“%s” is not sent by this channel.", purpose.display_name))
        return problems

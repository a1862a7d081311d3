from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .crm_ticket import CONVERSATION_TYPES, MERGING

# What a ticket that goes on takes over from the one that is merged into it, where it has none
COMPLETED_FIELDS = ("user_id", "category_id", "product_id")
# The same for what belongs to a customer: only from a ticket of his
DOCUMENT_FIELDS = ("partner_id", "sale_order_id", "lead_id", "invoice_id")
# How long it may take until a mail that arrived during a merge is found
STRAYS_FOR = timedelta(days=2)
LATEST_FIELDS = ("last_customer_message_at", "last_agent_message_at")


class CrmTicketMerge(models.Model):
    """That a ticket was merged into another one, or that messages were split off it.

    Its lines are the journal: what moved, from where and to where, so that it can be undone.
    """

    _name = "crm.ticket.merge"
    _description = "Merge of Tickets"
    _order = "id desc"

    kind = fields.Selection(
        [("merge", "Merge"), ("split", "Split")], required=True, readonly=True, default="merge"
    )
    source_id = fields.Many2one(
        "crm.ticket",
        "From Ticket",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The ticket that was merged into another one, or that messages were taken from.",
    )
    target_id = fields.Many2one(
        "crm.ticket",
        "Into Ticket",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The ticket that goes on, or that the messages went to.",
    )
    state = fields.Selection(
        [("done", "Done"), ("undone", "Undone")], required=True, readonly=True, default="done"
    )
    is_apart = fields.Boolean(
        "Customers Apart",
        readonly=True,
        help="The customers are different and do not see each other's messages.",
    )
    takes_start = fields.Boolean("From the Oldest Start", readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Done by", readonly=True, ondelete="set null")
    undone_at = fields.Datetime("Undone on", readonly=True)
    undone_by_id = fields.Many2one("res.users", "Undone by", readonly=True, ondelete="set null")
    line_ids = fields.One2many("crm.ticket.merge.line", "merge_id", "Journal", readonly=True)
    message_count = fields.Integer("Messages", compute="_compute_counts")
    file_count = fields.Integer("Files", compute="_compute_counts")
    activity_count = fields.Integer("Activities", compute="_compute_counts")

    @api.depends("source_id", "target_id")
    def _compute_display_name(self):
        for merge in self:
            merge.display_name = f"{merge.source_id.number} → {merge.target_id.number}"

    def _compute_counts(self):
        # sudo: the journal is for managers, how much it holds for all who see the tickets
        groups = (
            self.env["crm.ticket.merge.line"]
            .sudo()
            ._read_group(
                [("merge_id", "in", self.ids), ("action", "in", ("move", "copy"))],
                ["merge_id", "res_model"],
                ["__count"],
            )
        )
        counts = {(merge.id, model): count for merge, model, count in groups}
        for merge in self:
            merge.message_count = counts.get((merge.id, "mail.message"), 0)
            merge.file_count = counts.get((merge.id, "ir.attachment"), 0)
            merge.activity_count = counts.get((merge.id, "mail.activity"), 0)

    # ------------------------------------------------------------------ actions

    def action_undo(self):
        """Put everything back where it was before; the newest merge first."""
        self.check_access("read")
        (self.source_id | self.target_id).check_access("write")
        for merge in self.sorted("id", reverse=True):
            merge._undo()
        # The browser keeps the messages of tickets that it has shown
        return {"type": "ir.actions.client", "tag": "reload"}

    # ------------------------------------------------------------------ merge

    @api.model
    def _merge(self, source, target, is_apart=False, with_outsiders=False, takes_start=False):
        """Let one ticket go on in another one. Rights and locks are the caller's.

        :param source, target: tickets, as superuser
        :param is_apart: the customer of the source keeps a conversation of his own
        :param with_outsiders: whoever follows the source follows the target, customers too
        :param takes_start: service levels of the target count from the oldest start
        """
        merge = self.create(
            {
                "source_id": source.id,
                "target_id": target.id,
                "is_apart": is_apart,
                "takes_start": takes_start,
                "date": source._now(),
                "user_id": self.env.uid,
            }
        )
        merge._carry_conversation()
        merge._carry_followers(with_outsiders)
        merge._carry_children()
        merge._complete_target()
        merge._retire_source()
        merge._note(
            self.env._(
                "%s was merged into this ticket.", source._get_html_link(title=source.number)
            ),
            self.env._(
                "This ticket was merged into %s.", target._get_html_link(title=target.number)
            ),
        )
        return merge

    def _carry_conversation(self):
        source, lines = self.source_id, self.env["crm.ticket.merge.line"]
        messages, files = source._get_carried_messages(), source._get_carried_files()
        if self.is_apart:
            seen = messages.filtered(source._is_seen_outside)
            lines._copy_messages(self, seen)
            messages, files = messages - seen, files - seen.attachment_ids
        lines._move(self, messages, "res_id", self.target_id.id)
        lines._move(self, files, "res_id", self.target_id.id)
        for records, name in source._get_carried_records():
            # What is to be sent to the customer of the source is not sent to another one
            if not (self.is_apart and records._name == "mail.scheduled.message"):
                lines._move(self, records, name, self.target_id.id)

    def _carry_followers(self, with_outsiders):
        source, target = self.source_id, self.target_id
        followers = source.message_follower_ids
        subtypes = {follower.partner_id.id: follower.subtype_ids.ids for follower in followers}
        every, _internal, outside = self.env["mail.message.subtype"]._default_subtypes("crm.ticket")
        for partner in source.partner_id | source.user_id.partner_id:
            default = outside if partner.partner_share else every
            subtypes.setdefault(partner.id, default)
        may_follow = (
            self.env["res.partner"]
            .browse(subtypes)
            .filtered(lambda p: source._may_carry_follower(p, target, self, with_outsiders))
        )
        subtypes = {partner.id: subtypes[partner.id] for partner in may_follow}
        if subtypes:
            self.env["crm.ticket.merge.line"]._follow(self, subtypes)

    def _carry_children(self):
        """The tickets of an incident come along; an incident below an incident there is not."""
        source, target = self.source_id, self.target_id
        lines = self.env["crm.ticket.merge.line"]
        if target.parent_id == source:
            lines._change(self, target, {"parent_id": False})
        children = source.with_context(active_test=False).child_ids - target
        lines._move(self, children, "parent_id", (target.parent_id or target).id)

    def _complete_target(self):
        source, target = self.source_id, self.target_id
        is_same_customer = source._is_same_customer(target)
        values = {
            name: source[name].id
            for name in COMPLETED_FIELDS + (DOCUMENT_FIELDS if is_same_customer else ())
            if name in target._fields and source[name] and not target[name]
        }
        if is_same_customer and not target.partner_id:
            # Named here, so that they are in the journal as well
            values["email_from"] = target.email_from or source.email_from
            values["phone"] = target.phone or source.phone
        if is_same_customer:
            values.update(self._prepare_custom_values())
        incident = source.parent_id
        if incident and not target.parent_id and not target.child_ids and incident != target:
            values["parent_id"] = incident.id
        if "tag_ids" in target._fields and source.tag_ids - target.tag_ids:
            values["tag_ids"] = [Command.set((target.tag_ids | source.tag_ids).ids)]
        if not self.is_apart:
            values.update(
                (name, source[name])
                for name in LATEST_FIELDS
                if source[name] and (not target[name] or target[name] < source[name])
            )
            if source._waits_longer_than(target):
                values["unanswered_since"] = source.unanswered_since
        self.env["crm.ticket.merge.line"]._change(self, target, values)
        if self.takes_start:
            self._count_from_oldest_start()

    def _prepare_custom_values(self):
        """What the target takes over of the custom fields of the source, where it has none."""
        source, target, values = self.source_id, self.target_id, {}
        for field in self.env["crm.custom.field"]._get_carried("crm.ticket"):
            if field.kind == "many2many":
                if source[field.name] - target[field.name]:
                    both = target[field.name] | source[field.name]
                    values[field.name] = [Command.set(both.ids)]
            elif source[field.name] and not target[field.name]:
                values[field.name] = source[field.name]
        return values

    def _retire_source(self):
        source = self.source_id.with_context(crm_merging=MERGING)
        types = ("cancelled", "closed", "solved")
        stages = self.env["crm.ticket.stage"]._get_team_stages(source.team_id, list(types))
        stage = stages.sorted(lambda s: types.index(s.type))[:1] or source.stage_id
        self.env["crm.ticket.merge.line"]._change(
            self,
            source,
            {
                "merged_into_id": self.target_id.id,
                "merged_apart": self.is_apart,
                "stage_id": stage.id,
                # Named here, so that it is in the journal as well: a stage may end the waiting
                "unanswered_since": source.unanswered_since,
            },
        )

    # ------------------------------------------------------------------ split

    @api.model
    def _split(self, source, target, messages, is_copy):
        """Give messages of one ticket to a new one. Rights and locks are the caller's.

        :param messages: as superuser, on the source
        :param is_copy: they stay with the source as well
        """
        split = self.create(
            {
                "kind": "split",
                "source_id": source.id,
                "target_id": target.id,
                "date": source._now(),
                "user_id": self.env.uid,
            }
        )
        lines = self.env["crm.ticket.merge.line"]
        if is_copy:
            lines._copy_messages(split, messages, is_internal=None)
        else:
            files = messages.attachment_ids & source._get_carried_files()
            lines._move(split, messages, "res_id", target.id)
            lines._move(split, files, "res_id", target.id)
        split._note(
            self.env._("This ticket was split off %s.", source._get_html_link(title=source.number)),
            self.env._("%s was split off this ticket.", target._get_html_link(title=target.number)),
        )
        return split

    # ------------------------------------------------------------------ undo

    def _undo(self):
        self.ensure_one()
        # sudo: the user may write both tickets; what moved between them follows from that
        merge = self.sudo()
        source, target = merge.source_id, merge.target_id
        (source | target | target._get_survivor())._lock_for_merge()
        merge.invalidate_recordset(["state"])
        if merge.state != "done":
            raise UserError(self.env._("This was undone already."))
        if merge.kind == "merge" and source.merged_into_id != target:
            raise UserError(
                self.env._(
                    "%(source)s is not merged into %(target)s any more.",
                    source=source.display_name,
                    target=target.display_name,
                )
            )
        left = merge.line_ids._take_back()
        merge.write({"state": "undone", "undone_at": source._now(), "undone_by_id": self.env.uid})
        if merge.takes_start:
            merge._count_from_oldest_start()
        merge._settle_undone(left)

    def _count_from_oldest_start(self):
        """The service levels of the target count from the oldest start that is merged into it."""
        merges = self.search(
            [
                ("target_id", "=", self.target_id.id),
                ("kind", "=", "merge"),
                ("state", "=", "done"),
                ("takes_start", "=", True),
            ]
        )
        starts = (self.target_id | merges.source_id).mapped("opened_at")
        self.target_id._sla_take_start(min(starts))

    def _settle_undone(self, left):
        """Tell both tickets; a ticket that was split off and is empty again is cancelled."""
        source, target = self.source_id, self.target_id
        if self.kind == "merge":
            texts = [
                self.env._(
                    "The merge of %s was undone.", source._get_html_link(title=source.number)
                ),
                self.env._(
                    "The merge into %s was undone.", target._get_html_link(title=target.number)
                ),
            ]
        else:
            if not target._get_carried_messages() and not target.merged_into_id:
                target._move_to_type(("cancelled", "closed", "solved"))
            texts = [
                self.env._(
                    "The split off %s was undone.", source._get_html_link(title=source.number)
                ),
                self.env._(
                    "The split of %s was undone.", target._get_html_link(title=target.number)
                ),
            ]
        if left:
            texts[0] += " " + self.env._(
                "What was moved or deleted since stays as it is: %s.", left
            )
        self._note(*texts)

    def _note(self, on_target, on_source):
        """Say on both tickets what was done, as the user who did it."""
        author = self.env.user.partner_id
        for ticket, body in ((self.target_id, on_target), (self.source_id, on_source)):
            ticket._message_log(body=body, author_id=author.id)

    # ------------------------------------------------------------------ cron

    def _cron_collect_strays(self):
        """Bring along what was written to a ticket at the very moment when it was merged.

        Such a message comes from a transaction that did not see the merge yet.
        """
        merges = self.search(
            [
                ("kind", "=", "merge"),
                ("state", "=", "done"),
                ("is_apart", "=", False),
                ("date", ">=", self.env.cr.now() - STRAYS_FOR),
            ]
        )
        strays = self.env["mail.message"].search(
            [
                ("model", "=", "crm.ticket"),
                ("res_id", "in", merges.source_id.ids),
                ("message_type", "in", CONVERSATION_TYPES),
            ]
        )
        lines = self.env["crm.ticket.merge.line"]
        for merge in merges.filtered(lambda m: m.source_id.id in strays.mapped("res_id")):
            messages = strays.filtered(lambda s, m=merge: s.res_id == m.source_id.id)
            files = messages.attachment_ids & merge.source_id._get_carried_files()
            survivor = merge.source_id._get_survivor()
            lines._move(merge, messages, "res_id", survivor.id)
            lines._move(merge, files, "res_id", survivor.id)

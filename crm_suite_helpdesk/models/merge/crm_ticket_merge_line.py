from hashlib import sha256

from odoo import api, fields, models
from odoo.fields import Command
from odoo.models import MAGIC_COLUMNS

from .crm_ticket import MERGING


class CrmTicketMergeLine(models.Model):
    """One thing that a merge or a split moved, made or changed.

    Lines are made as superuser, by `crm.ticket.merge`, and say how to take back what they did. The
    same record may have been moved several times, by merges into tickets that were merged in turn
    and by splits: the lines of its record, in their order, are its way.
    """

    _name = "crm.ticket.merge.line"
    _description = "Journal of a Merge"
    _order = "merge_id, id"
    _log_access = False
    _rec_name = "res_model"

    merge_id = fields.Many2one(
        "crm.ticket.merge", required=True, readonly=True, index=True, ondelete="cascade"
    )
    action = fields.Selection(
        [("move", "Moved"), ("copy", "Copied"), ("follow", "Follows"), ("field", "Changed")],
        required=True,
        readonly=True,
    )
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Integer("Record", required=True, readonly=True)
    field_name = fields.Char("Field", readonly=True)
    before = fields.Json(readonly=True)
    after = fields.Json(readonly=True)

    # What else happened to the same record, in the order in which it did
    _of_record = models.Index("(res_model, res_id, id)")

    # ------------------------------------------------------------------ do

    @api.model
    def _move(self, merge, records, name, ticket_id):
        """Let records belong to another ticket.

        :param name: the field of the records that names their ticket
        """
        if not records:
            return
        self.create(
            [
                {
                    "merge_id": merge.id,
                    "action": "move",
                    "res_model": records._name,
                    "res_id": record.id,
                    "field_name": name,
                    "before": _read(record, name),
                    "after": ticket_id,
                }
                for record in records
            ]
        )
        self._link(records, name, ticket_id)

    @api.model
    def _copy_messages(self, merge, messages, is_internal=True, target=None):
        """Show messages on the target of a merge as well, with author and date as they are.

        :param is_internal: who sees the copies; None: who sees the messages
        :param target: another ticket to show them on
        """
        target = target or merge.target_id
        for message in messages:
            files = message.attachment_ids.browse()
            for file in message.attachment_ids:
                files |= file.copy({"res_model": "crm.ticket", "res_id": target.id})
            copy = message.create(
                {
                    "model": "crm.ticket",
                    "res_id": target.id,
                    "author_id": message.author_id.id,
                    "author_guest_id": message.author_guest_id.id,
                    "email_from": message.email_from,
                    "date": message.date,
                    "subject": message.subject,
                    "body": message.body,
                    "message_type": message.message_type,
                    "subtype_id": message.subtype_id.id,
                    "is_internal": message.is_internal if is_internal is None else is_internal,
                    "attachment_ids": files.ids,
                    "reply_to": message.reply_to,
                    "record_company_id": message.record_company_id.id,
                    "record_alias_domain_id": message.record_alias_domain_id.id,
                    "incoming_email_to": message.incoming_email_to,
                    "incoming_email_cc": message.incoming_email_cc,
                }
            )
            self.create(
                [
                    {
                        "merge_id": merge.id,
                        "action": "copy",
                        "res_model": record._name,
                        "res_id": record.id,
                        "before": message.id,
                    }
                    for record in (copy, *files)
                ]
            )

    @api.model
    def _follow(self, merge, subtypes):
        """Let partners follow the target of a merge.

        :param subtypes: {partner id: ids of what he follows}
        """
        target = merge.target_id
        already = set(target.message_follower_ids.partner_id.ids)
        self.env["mail.followers"]._insert_followers(
            "crm.ticket", target.ids, list(subtypes), subtypes=subtypes, existing_policy="skip"
        )
        target.invalidate_recordset(["message_follower_ids", "message_partner_ids"])
        self.create(
            [
                {
                    "merge_id": merge.id,
                    "action": "follow",
                    "res_model": "res.partner",
                    "res_id": partner_id,
                    "before": partner_id in already,
                    "after": target.id,
                }
                for partner_id in subtypes
            ]
        )

    @api.model
    def _change(self, merge, ticket, values):
        """Write values on a ticket, all at once, so that they count as one event.

        What else changes with them, as facts that other rooms measure, is in the journal as well.
        """
        if not values:
            return
        names = {*values, *self._get_measured_fields()}
        before = {name: _read(ticket, name) for name in names}
        ticket.with_context(mail_auto_subscribe_no_notify=True).write(values)
        after = {name: _read(ticket, name) for name in names}
        self.create(
            [
                {
                    "merge_id": merge.id,
                    "action": "field",
                    "res_model": "crm.ticket",
                    "res_id": ticket.id,
                    "field_name": name,
                    "before": before[name],
                    "after": after[name],
                }
                for name in sorted(names)
                if name in values or before[name] != after[name]
            ]
        )

    @api.model
    def _get_measured_fields(self):
        """Stored times and figures of a ticket that follow from what happens to it.

        Those of the service level are not among them: they follow from the clocks at any time.
        """
        return [
            name
            for name, field in self.env["crm.ticket"]._fields.items()
            if field.store
            and field.readonly
            and field.type in ("datetime", "integer", "float")
            and not name.startswith("sla_")
            and name not in MAGIC_COLUMNS
        ]

    @api.model
    def _link(self, records, name, ticket_id):
        if records._name == "crm.interaction":
            # Whom somebody talked to does not change, and would be computed where it is empty
            for partner, interactions in records.grouped("partner_id").items():
                interactions.write({name: ticket_id, "partner_id": partner.id})
        else:
            records.write({name: ticket_id})

    # ------------------------------------------------------------------ undo

    def _take_back(self):
        """Undo what these lines of one merge did.

        :return: how many records are left where somebody brought them since
        """
        for line in self.filtered(lambda line: line.action == "follow"):
            line._unfollow()
        left = self.filtered(lambda line: line.action == "move")._move_back()
        self.filtered(lambda line: line.action == "copy")._delete_copies()
        self.filtered(lambda line: line.action == "field")._change_back()
        return left

    def _move_back(self):
        left, back = 0, {}
        later = self._get_later_moves()
        for line in self:
            expected, goes_back = line.after, True
            for move in later.get((line.res_model, line.res_id, line.field_name), self.browse()):
                if move.id < line.id:
                    continue
                if move.merge_id.kind == "split":
                    # Somebody took it out of where this merge had brought it: there it stays, but
                    # would now come back to where it was before
                    move.before, goes_back = line.before, False
                    break
                # It was carried on only because it was there
                expected = move.after
                move.unlink()
            if goes_back:
                key = (line.res_model, line.field_name, line.before)
                back.setdefault(key, []).append((line.res_id, expected))
        for (model, name, before), moved in back.items():
            ids = [res_id for res_id, _expected in moved]
            records = self.env[model].with_context(active_test=False).browse(ids).exists()
            expected = dict(moved)
            there = records.filtered(lambda r, n=name, e=expected: _read(r, n) == e[r.id])
            left += len(ids) - len(there)
            if there:
                self._link(there, name, before)
        return left

    def _get_later_moves(self):
        """{(model, id, field): moves of the records of these lines by other merges, in order}"""
        result = {}
        for model, lines in self.grouped("res_model").items():
            moves = self.search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", lines.mapped("res_id")),
                    ("action", "=", "move"),
                    ("merge_id.state", "=", "done"),
                    ("id", "not in", self.ids),
                ],
                order="id",
            )
            for move in moves:
                key = (model, move.res_id, move.field_name)
                result[key] = result.get(key, self.browse()) | move
        return result

    def _delete_copies(self):
        for model, lines in self.grouped("res_model").items():
            copies = self.env[model].browse(lines.mapped("res_id")).exists()
            self.search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", copies.ids),
                    ("id", "not in", self.ids),
                ]
            ).unlink()
            copies.unlink()

    def _unfollow(self):
        """The partner follows the target no more, unless he has another reason to.

        He also stops following the tickets that the target was merged into, if that is why he did.
        """
        self.ensure_one()
        same = self._get_followings(("target_id", "=", self.after)) - self
        ticket = self.env["crm.ticket"].browse(self.after).exists()
        if self.before or not ticket:
            return
        if same:
            same[0].before = False
            return
        ticket.message_unsubscribe([self.res_id])
        for line in self._get_followings(("source_id", "=", ticket.id)):
            line._unfollow()
            line.unlink()

    def _get_followings(self, leaf):
        return self.search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "=", self.res_id),
                ("action", "=", "follow"),
                ("merge_id.state", "=", "done"),
                ("merge_id.kind", "=", "merge"),
                (f"merge_id.{leaf[0]}", *leaf[1:]),
            ],
            order="id",
        )

    def _change_back(self):
        for ticket_id, lines in self.grouped("res_id").items():
            ticket = self.env["crm.ticket"].browse(ticket_id).exists()
            values = {}
            for line in lines if ticket else ():
                name, now = line.field_name, _read(ticket, line.field_name)
                if ticket._fields[name].type == "many2many":
                    added = set(line.after or []) - set(line.before or [])
                    kept = [id_ for id_ in now if id_ not in added]
                    values[name] = [Command.set(kept)]
                elif name == "stage_id":
                    values[name] = line._get_former_stage(ticket).id
                elif now == line.after:
                    values[name] = line._get_former_value(ticket._fields[name])
            if values:
                ticket.with_context(crm_merging=MERGING, mail_auto_subscribe_no_notify=True).write(
                    values
                )

    def _get_former_stage(self, ticket):
        Stage = self.env["crm.ticket.stage"]
        return (
            Stage.browse(self.before or []).exists()
            or Stage._get_team_stages(ticket.team_id, ["open", "new"])[:1]
            or ticket.stage_id
        )

    def _get_former_value(self, field):
        """What to write to have the former value again; nothing where it was deleted since."""
        if field.type == "many2one":
            return self.env[field.comodel_name].browse(self.before or []).exists().id
        return self.before


def _read(record, name):
    """The value of a field of a record, as JSON holds it."""
    value = record[name]
    if record._fields[name].type == "many2many":
        return value.ids
    if isinstance(value, models.BaseModel):
        return value.id
    if isinstance(value, bytes):
        # whether a file is still the same one; a merge only fills what was empty
        return sha256(value).hexdigest()
    return fields.Datetime.to_string(value) if hasattr(value, "isoformat") else value

from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import email_normalize

from ..journey.outcome import Outcome
from . import safe_fields

CHANGES = [("add", "Add"), ("remove", "Remove")]
TARGETS = [("record", "The Participant"), ("contact", "Its Contact")]


class CrmJourneyNode(models.Model):
    """Nodes that change records: each for all participants of a batch at once, with the rights of
    the responsible, as he would do it by hand.
    """

    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    target = fields.Selection(TARGETS, "Of", default="record")
    change = fields.Selection(CHANGES, default="add")
    # ---- update
    update_model_id = fields.Many2one(
        "ir.model", "Model of the Field", compute="_compute_update_model_id"
    )
    update_field_id = fields.Many2one(
        "ir.model.fields",
        "Field",
        ondelete="set null",
        index="btree_not_null",
        help="Only what you may write by hand yourself.",
    )
    update_type = fields.Selection(related="update_field_id.ttype", string="Type of the Field")
    update_relation = fields.Char("Model of the Value", related="update_field_id.relation")
    update_empties = fields.Boolean("Empty It")
    update_text = fields.Char("Text", translate=False)
    update_number = fields.Float("Number", digits=(16, 4))
    update_checked = fields.Boolean("Checked")
    update_choice_id = fields.Many2one(
        "ir.model.fields.selection",
        "Choice",
        ondelete="set null",
        index="btree_not_null",
    )
    update_days = fields.Integer(
        "Days from Then", help="0: the day on which the participant comes here."
    )
    update_res_id = fields.Many2oneReference("Value", model_field="update_relation")
    # ---- tags
    category_ids = fields.Many2many(
        "res.partner.category", "crm_journey_node_category_rel", string="Tags of Contacts"
    )
    crm_tag_ids = fields.Many2many("crm.tag", "crm_journey_node_crm_tag_rel", string="Tags")
    # ---- lists, segments
    list_ids = fields.Many2many(
        "mailing.list",
        "crm_journey_node_list_rel",
        string="Mailing Lists",
        help="Whoever has left a list is not put on it again.",
    )
    fixed_segment_id = fields.Many2one(
        "crm.segment",
        ondelete="restrict",
        index="btree_not_null",
        domain=[("kind", "=", "fixed")],
    )
    # ---- server action
    server_action_id = fields.Many2one(
        "ir.actions.server",
        ondelete="restrict",
        index="btree_not_null",
        # administrators choose it; what it is called, people see
        domain="[('model_id', '=', model_id), ('usage', '=', 'ir_actions_server')]",
    )
    server_action_name = fields.Char(
        "Name of the Server Action", compute="_compute_server_action_name"
    )

    @api.depends("target", "model_id")
    def _compute_update_model_id(self):
        contact = self.env["ir.model"]._get("res.partner")
        for node in self:
            node.update_model_id = contact if node.target == "contact" else node.model_id

    @api.depends("server_action_id")
    def _compute_server_action_name(self):
        for node in self:
            # sudo: only the name
            node.server_action_name = node.sudo().server_action_id.name

    @api.onchange("target", "update_field_id")
    def _onchange_update_field_id(self):
        if self.update_field_id.model_id != self.update_model_id:
            self.update_field_id = False
        if self.update_choice_id.field_id != self.update_field_id:
            self.update_choice_id = False
        self.update_res_id = False

    @api.constrains("update_field_id", "target")
    def _check_update_field(self):
        """Refuse at once what would be refused to everybody later."""
        for node in self.filtered("update_field_id"):
            field = node.update_field_id.sudo()  # sudo: its name only
            # constraints run as superuser; the rights of whoever chooses count
            model = self.with_user(self.env.user).sudo(False).env.get(field.model)
            if model is None or not safe_fields.may_write(model, field.name):
                raise ValidationError(
                    self.env._(
                        "A journey cannot write “%s”: it is filled in by the system, decides "
                        "about rights, or is not yours to change.",
                        field.field_description,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        nodes = super().create(vals_list)
        nodes.filtered("server_action_id")._check_server_action_right()
        return nodes

    def write(self, vals):
        result = super().write(vals)
        if vals.get("server_action_id"):
            self._check_server_action_right()
        return result

    def _check_server_action_right(self):
        """Only who may write server actions lets a journey run one; a later version of the journey
        keeps it at its place.
        """
        if self.env.su or self.env["ir.actions.server"].has_access("write"):
            return
        for node in self:
            same = [
                ("journey_id", "=", node.journey_id.id),
                ("uid", "=", node.uid),
                ("id", "!=", node.id),
                ("version_id.state", "in", ("live", "retired")),
                ("server_action_id", "=", node.server_action_id.id),
            ]
            if not self.search_count(same, limit=1):
                raise AccessError(
                    self.env._("Only administrators choose the server action of a journey.")
                )

    # ------------------------------------------------------------------
    # Records of the participants
    # ------------------------------------------------------------------

    def _find_records(self, steps, operation="write", contact=False):
        """Return the records of the steps on which the responsible may do this.

        :param contact: their contacts instead
        :return: ``{step id: record}``, ``{step id: Outcome}`` of the others
        """
        name = "partner_id" if contact else "res_id"
        Model = self.env["res.partner" if contact else self.model_name]
        there = Model.browse({step[name] for step in steps if step[name]}).exists()
        allowed = there._filtered_access(operation).with_prefetch(there._prefetch_ids)
        by_id = {record.id: record for record in allowed}
        found, outcomes = {}, {}
        for step in steps:
            if step[name] in by_id:
                found[step["id"]] = by_id[step[name]]
            elif contact and not step[name]:
                words = self.env._("There is no contact.")
                outcomes[step["id"]] = Outcome(state="skipped", reason="no_contact", detail=words)
            elif step[name] not in there._ids:
                words = self.env._("The record is deleted.")
                outcomes[step["id"]] = Outcome(state="skipped", reason="gone", detail=words)
            else:
                words = self.env._(
                    "%s, who is responsible for the journey, may not change this record.",
                    self.env.user.name,
                )
                outcomes[step["id"]] = Outcome(state="failed", reason="access", detail=words)
        return found, outcomes

    def _join_records(self, found):
        """:return: one set of the records of `_find_records`"""
        records = list(found.values())
        return records[0].union(*records[1:]) if records else None

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    def _run_update(self, steps):
        """Write the field of all of them at once; who has the value already is left alone."""
        self.ensure_one()
        field = self.sudo().update_field_id  # sudo: its name only
        if not field:
            raise UserError(self.env._("The field to write is gone."))
        found, outcomes = self._find_records(steps, contact=self.target == "contact")
        records = self._join_records(found)
        if not records:
            return outcomes
        if field.model != records._name or not safe_fields.may_write(records, field.name):
            raise UserError(
                self.env._(
                    "%(user)s may not write “%(field)s”.",
                    user=self.env.user.name,
                    field=field.field_description,
                )
            )
        name, value = field.name, self._get_update_value(records._fields[field.name])
        if not (value or self.update_empties) and field.ttype in ("many2one", "selection"):
            # what was chosen is deleted: nobody wanted the field to be emptied
            raise UserError(self.env._("Choose the value of “%s”.", field.field_description))
        cached = records._fields[name].convert_to_cache(value, records[:1])
        others = records.filtered(
            lambda one: one._fields[name].convert_to_cache(one[name], one) != cached
        )
        others.write({name: value})
        return outcomes

    def _get_update_value(self, field):
        """:return: what is written, by the type of the field"""
        self.ensure_one()
        if self.update_empties:
            return False
        if field.type in safe_fields.NUMBERS:
            return int(self.update_number) if field.type == "integer" else self.update_number
        if field.type == "boolean":
            return self.update_checked
        if field.type == "selection":
            return self.sudo().update_choice_id.value or False  # sudo: which one it is, no more
        if field.type == "date":
            return fields.Date.context_today(self) + timedelta(days=self.update_days)
        if field.type == "datetime":
            return fields.Datetime.now() + timedelta(days=self.update_days)
        if field.type == "many2one":
            target = self.env[field.comodel_name].browse(self.update_res_id or []).exists()
            # what he may not read, he could not choose
            target.check_access("read")
            return target.id
        return self.update_text or False

    # ------------------------------------------------------------------
    # Tags
    # ------------------------------------------------------------------

    def _find_tag_field(self):
        """:return: (whether it is of the contact, name of the field, tags)"""
        self.ensure_one()
        if self.target == "contact" or self.model_name == "res.partner":
            return True, "category_id", self.category_ids
        name = next(
            (
                name
                for name in ("tag_ids", "crm_tag_ids")
                if name in (fields_ := self.env[self.model_name]._fields)
                and fields_[name].comodel_name == "crm.tag"
            ),
            None,
        )
        return False, name, self.crm_tag_ids

    def _run_tag(self, steps):
        is_contact, name, tags = self._find_tag_field()
        if problem := self._find_tag_problems():
            raise UserError(problem)
        found, outcomes = self._find_records(
            steps, contact=is_contact and self.model_name != "res.partner"
        )
        if records := self._join_records(found):
            self._change_links(records, name, tags)
        return outcomes

    def _change_links(self, records, name, targets):
        """Add to a field of several links, or take from it, where that changes something."""
        is_added = self.change != "remove"
        changed = records.filtered(
            lambda one: bool(targets - one[name]) if is_added else bool(targets & one[name])
        )
        command = Command.link if is_added else Command.unlink
        if changed:
            changed.write({name: [command(target.id) for target in targets]})

    # ------------------------------------------------------------------
    # Mailing lists
    # ------------------------------------------------------------------

    def _find_persons(self, steps):
        """:return: ``{step id: (address, name)}``, ``{step id: Outcome}`` of who has no address"""
        found, outcomes = self._find_records(steps, "read")
        records = self._join_records(found)
        if not records:
            return {}, outcomes
        persons = {}
        partners = records._mail_get_partners()
        for step_id, record in found.items():
            partner = (record if record._name == "res.partner" else partners[record.id])[:1]
            # sudo: the address to which he is written by whoever may read the record
            partner = partner.sudo()
            own = record[record._mail_get_primary_email_field() or "id"]
            address = partner.email_normalized or email_normalize(str(own or ""), strict=False)
            if address:
                persons[step_id] = address, partner.name or record.display_name
            else:
                words = self.env._("There is no e-mail address.")
                outcomes[step_id] = Outcome(state="skipped", reason="missing", detail=words)
        return persons, outcomes

    def _run_list(self, steps):
        """Put them on the lists, or take them off. Who has left a list, or wants to hear nothing,
        is left alone: only he himself comes back.
        """
        if not self.list_ids:
            raise UserError(self.env._("Choose the mailing lists."))
        persons, outcomes = self._find_persons(steps)
        addresses = {address for address, _name in persons.values()}
        if not addresses:
            return outcomes
        Contact = self.env["mailing.contact"]
        contacts = Contact.search([("email_normalized", "in", list(addresses))], order="id desc")
        by_address = {contact.email_normalized: contact for contact in contacts}
        if self.change == "remove":
            self.env["mailing.subscription"].search(
                [
                    ("contact_id", "in", contacts.ids),
                    ("list_id", "in", self.list_ids.ids),
                    # that he left is his word, and stays
                    ("opt_out", "=", False),
                ]
            ).unlink()
            return outcomes
        refused = self._find_refused(addresses, contacts)
        names = {address: name for address, name in persons.values()}
        new = [one for one in names if one not in by_address and self.list_ids - refused[one]]
        made = Contact.create([{"name": names[one], "email": one} for one in new])
        by_address |= dict(zip(new, made, strict=True))
        self._subscribe(by_address, refused)
        for step_id, (address, _name) in persons.items():
            if not self.list_ids - refused[address]:
                words = self.env._("Left the mailing list, or refused to be written to.")
                outcomes[step_id] = Outcome(state="skipped", reason="list", detail=words)
        return outcomes

    def _find_refused(self, addresses, contacts):
        """:return: ``{address: lists that he must not be put on}``"""
        # sudo: whether he may be written to; what he said stays unread
        Consent = self.env["crm.consent"].sudo()
        refused = {address: self.list_ids.browse() for address in addresses}
        for mailing_list in self.list_ids:
            found = Consent._get_refusals(addresses, "email", mailing_lists=mailing_list)
            for address in found:
                refused[address] |= mailing_list
        left = self.env["mailing.subscription"].search(
            [
                ("contact_id", "in", contacts.ids),
                ("list_id", "in", self.list_ids.ids),
                ("opt_out", "=", True),
            ]
        )
        for subscription in left:
            refused[subscription.contact_id.email_normalized] |= subscription.list_id
        return refused

    def _subscribe(self, by_address, refused):
        Subscription = self.env["mailing.subscription"]
        contacts = self.env["mailing.contact"].union(*by_address.values())
        known = {
            (one.contact_id.email_normalized, one.list_id.id)
            for one in Subscription.search(
                [
                    ("contact_id.email_normalized", "in", list(by_address)),
                    ("list_id", "in", self.list_ids.ids),
                ]
            )
        }
        Subscription.create(
            [
                {"contact_id": contact.id, "list_id": mailing_list.id}
                for contact in contacts
                for mailing_list in self.list_ids
                - refused.get(contact.email_normalized, self.list_ids.browse())
                if (contact.email_normalized, mailing_list.id) not in known
            ]
        )

    # ------------------------------------------------------------------
    # Segments
    # ------------------------------------------------------------------

    def _run_segment(self, steps):
        segment = self.fixed_segment_id
        if problem := self._describe_segment_problem(self.env.user):
            raise UserError(problem)
        found, outcomes = self._find_records(
            steps, "read", contact=self.model_name != "res.partner"
        )
        contacts = self._join_records(found)
        if contacts:
            self._change_links(segment, "partner_ids", contacts)
        return outcomes

    def _describe_segment_problem(self, user):
        # sudo: what is wrong with it, whoever may read it
        segment = self.sudo().fixed_segment_id
        if not segment:
            return self.env._("Choose the segment.")
        if segment.kind != "fixed" or not segment.active:
            return self.env._("“%s” is not a list that is kept by hand.", segment.name)
        if segment.user_id != user:
            return self.env._(
                "“%(segment)s” belongs to %(owner)s: only journeys of the owner change it.",
                segment=segment.name,
                owner=segment.user_id.name,
            )
        return None

    # ------------------------------------------------------------------
    # Server actions
    # ------------------------------------------------------------------

    def _run_server_action(self, steps):
        """Run it once for all of them, as the responsible."""
        # sudo: which one it is; it runs with the rights of the responsible
        action = self.sudo().server_action_id
        if not action or action.model_id != self.sudo().model_id:
            raise UserError(self.env._("The server action is not for these records."))
        found, outcomes = self._find_records(steps, "read")
        records = self._join_records(found)
        if records:
            context = {
                "active_model": records._name,
                "active_ids": records.ids,
                "active_id": records.ids[0],
            }
            action.with_user(self.env.user).sudo(False).with_context(**context).run()
        return outcomes

    # ------------------------------------------------------------------
    # What is wrong
    # ------------------------------------------------------------------

    def _find_setting_problems(self):
        problems = super()._find_setting_problems()
        find = getattr(self, f"_find_{self.kind}_problems", None)
        found = find() if find else []
        return problems + [found] if isinstance(found, str) else problems + (found or [])

    def _as_responsible(self):
        """:return: the node as the engine calls it"""
        journey = self.journey_id
        return self.with_user(journey.user_id).with_context(
            allowed_company_ids=journey.company_id.ids
        )

    def _find_update_problems(self):
        node = self._as_responsible()
        field = self.sudo().update_field_id  # sudo: its name only
        if not field:
            return self.env._("Choose the field that is written.")
        if field.model != self.update_model_id.model:
            return self.env._("“%s” is a field of other records.", field.field_description)
        model = node.env[field.model]
        if not safe_fields.may_write(model, field.name):
            return self.env._("The responsible may not write “%s”.", field.field_description)
        # sudo: only whether it is there
        is_lost = field.ttype == "selection" and not self.sudo().update_choice_id
        if field.ttype == "many2one":
            is_lost = not node.env[field.relation].search_count([("id", "=", self.update_res_id)])
        if is_lost and not self.update_empties:
            return self.env._("Choose the value of “%s”.", field.field_description)
        return None

    def _find_tag_problems(self):
        _is_contact, name, tags = self._find_tag_field()
        if not name:
            return self.env._("These records have no tags. Choose those of the contact.")
        return None if tags else self.env._("Choose the tags.")

    def _find_list_problems(self):
        lists = self.with_context(active_test=False).list_ids
        if not lists:
            return self.env._("Choose the mailing lists.")
        archived = lists.filtered(lambda one: not one.active)
        if archived:
            return self.env._("“%s” is archived.", ", ".join(archived.mapped("name")))
        return None

    def _find_segment_problems(self):
        return self._describe_segment_problem(self.journey_id.user_id)

    def _find_server_action_problems(self):
        action = self.sudo().server_action_id  # sudo: only whether it can be run
        if not action:
            return self.env._("Choose the server action.")
        if action.model_id != self.model_id:
            return self.env._("“%s” is for other records than the journey.", action.name)
        if action.warning:
            return self.env._("“%s” cannot be run: look at its settings.", action.name)
        return None

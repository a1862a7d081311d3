import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import consteq

from ...lib import upload

# What portal users may read of their tickets, whatever they ask for. Everything else is ours: how
# we work, who else wrote, what we promised ourselves.
PORTAL_FIELDS = {
    "access_token",
    "access_url",
    "access_warning",
    "active",
    "closed_at",
    "company_id",
    "create_date",
    "description",
    "display_name",
    "id",
    "name",
    "number",
    "opened_at",
    "partner_id",
    "priority",
    "stage_id",
    "stage_type",
    "team_id",
    "user_id",
    "write_date",
}

# What customers say about a message that they post by remote call. With more, our server would send
# mails to whomever they name.
PORTAL_POST_KEYS = {"attachment_ids", "body", "subject"}

# More in an hour is no conversation
MAX_MESSAGES_PER_HOUR = 60
MAX_MESSAGE = 50_000
# Files of one ticket that were uploaded within an hour, and not sent yet
MAX_PENDING_FILES = 4 * upload.MAX_FILES

# How often links are cut while those that name the customer still lead on
MAX_FORMER_TOKENS = 10

# The service levels that are about an answer to the customer
ANSWERS = ("first_response", "next_response")


class CrmTicket(models.Model):
    """What customers see of a ticket, and who may write on it from outside."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket", "portal.mixin"]

    portal_of_organisation = fields.Boolean(
        "Seen by Colleagues",
        compute="_compute_portal_of_organisation",
        search="_search_portal_of_organisation",
        help="The reader sees this ticket because his organisation asked, and he may see what his "
        "colleagues asked.",
    )
    former_token = fields.Char(
        copy=False,
        readonly=True,
        groups="base.group_system",
        help="What the links to this ticket were signed with before it was merged, or before "
        "somebody took part no more: the newest first.",
    )

    # ------------------------------------------------------------------ compute

    @api.depends("commercial_partner_id", "team_id")
    @api.depends_context("uid")
    def _compute_portal_of_organisation(self):
        # sudo: the record rule of portal users asks, for tickets that they may not read yet
        seen = self.sudo().filtered_domain(self._get_organisation_domain())
        for ticket in self:
            ticket.portal_of_organisation = ticket in seen.with_env(self.env)

    @api.model
    def _search_portal_of_organisation(self, operator, value):
        # The rights of a contact are looked up for each search: a record rule that named his
        # organisation would be cached, and outlive them
        if operator != "in":
            return NotImplemented
        return self._get_organisation_domain()

    @api.model
    def _get_organisation_domain(self):
        """What the user sees on the portal of what his colleagues asked."""
        partner = self.env.user.partner_id
        if not partner._sees_organisation():
            return Domain.FALSE
        # sudo: portal users may not read teams
        Team = self.env["crm.ticket.team"].sudo().with_context(active_test=False)
        private = Team.search([("portal_private", "=", True)])
        return Domain("commercial_partner_id", "=", partner.commercial_partner_id.id) & Domain(
            "team_id", "not in", private.ids
        )

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for ticket in self:
            ticket.access_url = f"/my/tickets/{ticket.id}"
        return result

    def _has_field_access(self, field, operation):
        allowed = super()._has_field_access(field, operation)
        if allowed and not self.env.su and self.env.user._is_portal():
            return operation == "read" and field.name in self._get_portal_fields()
        return allowed

    @api.model
    def _get_portal_fields(self):
        return PORTAL_FIELDS

    def action_preview(self):
        """Show the ticket as its customer sees it."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "target": "self", "url": self.get_portal_url()}

    def action_revoke_links(self):
        """Let no link work any more that was ever sent of these tickets."""
        self.check_access("write")
        self._rotate_tokens()
        # sudo: the log is written by the system
        self.sudo()._message_log_batch(
            bodies={
                ticket.id: self.env._(
                    "Links to this ticket that were sent before do not open it any more."
                )
                for ticket in self
            },
            author_id=self.env.user.partner_id.id,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Links that were sent before do not work any more."),
            },
        }

    # ------------------------------------------------------------------ CRUD

    def write(self, vals):
        owners = {}
        if "partner_id" in vals:
            # sudo: links are cut whoever writes
            owners = {ticket.id: ticket.partner_id for ticket in self.sudo()}
        res = super().write(vals)
        if vals.get("merged_into_id"):
            # Others learn what the links to both show. Those that name the customer lead on
            # sudo: the user may not see the ticket in which this one goes on
            (self | self.sudo().merged_into_id)._rotate_tokens(keeps_named=True)
        cut = self.browse(
            id_ for id_, owner in owners.items() if owner and owner.id != vals["partner_id"]
        )
        cut._rotate_tokens()
        return res

    def message_post(self, **kwargs):
        if self.env.su or not self.env.user.share:
            return super().message_post(**kwargs)
        # A customer who calls this from outside writes to us, in the conversation, and to nobody
        # whom he names. The pages of the portal post as superuser, as is done here
        self.check_access("read")
        said = {name: value for name, value in kwargs.items() if name in PORTAL_POST_KEYS}
        self._check_said(
            self.env.user.partner_id, said.get("body"), said.get("attachment_ids") or ()
        )
        # sudo: whoever may read a ticket may write on it, but make no messages by himself
        message = self.sudo().message_post(
            **said, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        return message.with_env(self.env)

    # ------------------------------------------------------------------ what customers send

    @api.model
    def _check_said(self, author, body, attachment_ids=(), is_new=True):
        """Refuse what is more, or other, than customers may send from the portal.

        :param author: the contact who writes
        :param body: text, HTML or nothing
        :param attachment_ids: of its files, all of them; those of others are not looked at, for a
            refusal names files, and core leaves them out
        :param is_new: whether it is a message of its own, no correction of one
        :raise UserError: in words for the customer
        """
        # sudo: names and sizes of what he himself has uploaded
        files = self.env["ir.attachment"].sudo().browse(attachment_ids).exists()
        files = files.filtered(lambda file: file.create_uid == self.env.user)
        problems = self._describe_refusals(upload.refuse_all((f.name, f.file_size) for f in files))
        if len(body or "") > MAX_MESSAGE:
            problems.append(
                self.env._("A message may have %s characters at most.", MAX_MESSAGE),
            )
        if is_new and self._has_said_too_much(author):
            problems.append(
                self.env._("You have sent many messages within an hour. Try again later.")
            )
        if problems:
            raise UserError("\n".join(problems))

    @api.model
    def _has_said_too_much(self, author):
        """Whether a contact has written more on tickets than people do."""
        # sudo: whatever he wrote counts, also what he cannot read any more
        said = (
            self.env["mail.message"]
            .sudo()
            .search_count(
                [
                    ("author_id", "=", author.id),
                    ("model", "=", self._name),
                    ("message_type", "=", "comment"),
                    ("date", ">", self._now() - timedelta(hours=1)),
                ],
                limit=MAX_MESSAGES_PER_HOUR,
            )
        )
        return said >= MAX_MESSAGES_PER_HOUR

    def _check_upload(self, name, size):
        """Refuse a file that a customer uploads before he sends his message.

        :raise UserError: in words for the customer
        """
        self.ensure_one()
        refused = upload.refuse(name, size)
        problems = self._describe_refusals([refused] if refused else [])
        # sudo: files of everybody who writes on the ticket count
        pending = self.env["ir.attachment"].sudo()
        pending = pending.search_count(
            [
                ("res_model", "=", "mail.compose.message"),
                ("res_id", "=", 0),
                ("description", "=", self._get_upload_mark()),
                ("create_date", ">", self._now() - timedelta(hours=1)),
            ],
            limit=MAX_PENDING_FILES,
        )
        if pending >= MAX_PENDING_FILES:
            problems.append(
                self.env._("You have uploaded many files within an hour. Try again later.")
            )
        if problems:
            raise UserError("\n".join(problems))

    def _mark_upload(self, attachment_id):
        """Remember to which ticket a file was uploaded that is not sent yet."""
        # sudo: the visitor of a link may write no files, but he has just uploaded this one
        file = self.env["ir.attachment"].sudo().browse(attachment_id or ())
        file.description = self._get_upload_mark()

    def _get_upload_mark(self):
        """What tells of which ticket a file is that was not sent yet."""
        # sudo: the visitor of a link may not read it
        return self.sudo().number or f"{self._name},{self.id}"

    @api.model
    def _describe_refusals(self, refusals):
        """:return: what is wrong with files (`upload.Refusal`), in words for the customer"""
        texts = []
        for refusal in refusals:
            if refusal.reason == "count":
                texts.append(self.env._("Please attach %s files at most.", upload.MAX_FILES))
            elif refusal.reason == "type":
                texts.append(self.env._("Files of this kind cannot be attached: %s", refusal.name))
            else:
                texts.append(
                    self.env._(
                        "%(name)s is larger than %(size)s MB.",
                        name=refusal.name,
                        size=upload.MAX_FILE_MB,
                    )
                )
        return texts

    # ------------------------------------------------------------------ access by link

    def _rotate_tokens(self, keeps_named=False):
        """Let links to these tickets that were sent before open nothing any more.

        :param keeps_named: but those that name the present customer
        """
        # sudo: the token is no field that people write
        for ticket in self.sudo():
            if ticket.access_token or ticket.former_token:
                former = f"{ticket.access_token or ''} {ticket.former_token or ''}".split()
                ticket.write(
                    {
                        "former_token": keeps_named and " ".join(former[:MAX_FORMER_TOKENS]),
                        "access_token": str(uuid.uuid4()),
                    }
                )

    def _is_former_link(self, pid, secret):
        """Whether a link named the customer before links to this ticket were cut.

        :param pid: id of the contact that the link names, as text
        :param secret: the hash of the link
        """
        self.ensure_one()
        # sudo: the visitor of a link has no rights
        ticket = self.sudo()
        named = _is_plain(secret) and ticket._parse_pid(pid)
        if not (named and ticket.access_token and ticket.former_token):
            return False
        if named != ticket.partner_id.id or ticket.stage_type == "spam":
            return False
        return any(
            consteq(secret, ticket.new({"access_token": former})._sign_token(named))
            for former in ticket.former_token.split()
        )

    @api.model
    def _parse_pid(self, pid):
        """The number of the contact that a link names; 0 for what is none."""
        text = str(pid or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(message_operation)
        if message_operation == "create":
            # Who may read a ticket may write on it. Who may not came with a link: for him,
            # reading and writing are told apart below.
            asker = self.sudo(False)
            readable = set(asker._filtered_access("read")._ids)
            operations.update((ticket, "write") for ticket in self if ticket.id not in readable)
        return operations

    @api.model
    def _get_thread_with_access(self, thread_id, *, mode="read", hash=None, token=None, **kwargs):
        # A link with nothing but the token may have been passed on: it shows the ticket, it does
        # not speak for the customer. A link that names its reader (`pid` and `hash`) does.
        if mode != "read" or not _is_plain(token):
            token = None
        if token:
            # sudo: the token is what gives the right to read; a ticket without one has no links
            token = self.sudo().browse(thread_id).exists().access_token and token
        if not (_is_plain(hash) and self._parse_pid(kwargs.get("pid"))):
            hash = None
        return super()._get_thread_with_access(
            thread_id, mode=mode, hash=hash, token=token, **kwargs
        )

    # ------------------------------------------------------------------ page

    def _get_portal_relations(self, user):
        """The tickets which this one follows, and which follow it, as far as a reader sees them.

        :return: [(kind of the link, ticket as superuser)]
        """
        self.ensure_one()
        # sudo: links tell nothing but numbers; the tickets are checked for the reader
        links = self.env["crm.ticket.link"].sudo()
        links = links.search(
            [("ticket_id", "=", self.id), ("kind", "in", ("follow_up_of", "followed_up_by"))]
        )
        seen = links.other_id.with_user(user)._filtered_access("read").ids
        return [(link.kind, link.other_id) for link in links if link.other_id.id in seen]

    def _get_portal_promises(self):
        """What the customers of these tickets are told of our service levels.

        :return: {ticket id: {"answer" | "solution": {"deadline": naive UTC, "is_late": bool}}};
            a promise that stands still, or that the team does not show, is left out
        """
        shown = {"answer": ANSWERS, "all": (*ANSWERS, "resolution")}
        # sudo: what a team tells customers, of tickets that the reader may read
        tickets = self.sudo().filtered(lambda t: not t.closed_at and not t.merged_into_id)
        clocks = tickets.env["crm.sla.clock"].search(
            [
                ("ticket_id", "in", tickets.ids),
                ("state", "=", "running"),
                ("metric", "in", shown["all"]),
                ("deadline", "!=", False),
            ],
            order="deadline desc",  # the nearest one is kept
        )
        promises, now = {}, self._now()
        for clock in clocks:
            team = clock.ticket_id.team_id
            if clock.metric in shown.get(team.portal_promise or "answer", ()):
                kind = "answer" if clock.metric in ANSWERS else "solution"
                promise = {"deadline": clock.deadline, "is_late": clock.deadline < now}
                promises.setdefault(clock.ticket_id.id, {})[kind] = promise
        return promises


def _is_plain(secret):
    """Whether what a visitor sent can be compared with a token or a hash at all."""
    return isinstance(secret, str) and secret.isascii()

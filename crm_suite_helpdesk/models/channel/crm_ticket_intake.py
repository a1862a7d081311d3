import base64
import binascii
import hashlib
import json
from pathlib import PurePath

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import (
    SQL,
    email_normalize,
    formataddr,
    html_sanitize,
    is_html_empty,
    plaintext2html,
)

from ..ticket.crm_ticket import EMAIL_LENGTH, PRIORITIES

MAX_SUBJECT = 255
MAX_DESCRIPTION = 100_000
MAX_NAME = 200
MAX_FILES = 10
MAX_FILE_MB = 10
MAX_TOTAL_MB = 20
MAX_KEY = 128
MB = 1024 * 1024
# Who may hand in tickets
GROUPS = ("crm_suite_helpdesk.group_agent", "crm_suite_helpdesk.group_intake")


class CrmTicketIntake(models.AbstractModel):
    """The door for other programs: `/json/2/crm.ticket.intake/submit`, see docs/api.md.

    The arguments are what the request of a customer consists of, not fields of our tables, so that
    they stay as they are when those change. All of them are checked here.
    """

    _name = "crm.ticket.intake"
    _description = "Ticket Intake for Programs"

    # ------------------------------------------------------------------ doors

    @api.model
    def submit(
        self,
        subject,
        description="",
        email=None,
        name=None,
        phone=None,
        partner_id=None,
        team=None,
        category=None,
        priority=None,
        attachments=None,
        is_html=False,
        acknowledge=True,
        idempotency_key=None,
        custom=None,
    ):
        """Hand in the request of a customer, as a ticket.

        The customer is `partner_id`, else whoever has the address `email`; else the ticket is that
        of a stranger. No contact is made or changed.

        :param str subject: up to 255 characters
        :param str description: plain text, or HTML with `is_html`, which is cleaned
        :param str email: of the customer; this or `partner_id` must be given
        :param str name: of the customer, for strangers
        :param str phone: of the customer
        :param int partner_id: a contact that the caller may read
        :param team: id of a team, or the part of its address before the @; else the default team
        :param category: id or name of a category that the team uses
        :param str priority: "0" low, "1" medium, "2" high, "3" urgent
        :param list attachments: {"name": file name, "content": base64} each
        :param bool acknowledge: False: the customer gets no confirmation from us
        :param str idempotency_key: the same key with the same request is the same ticket
        :param dict custom: values of custom fields that customers are asked for, by technical name
        :return: {"id", "number", "created": whether by this call, "stage", "stage_type", "url"}
        :raise AccessError: when the caller may not hand in tickets, 403
        :raise ValidationError: when anything is not as it should be, 422; nothing was made then
        """
        self._check_caller()
        asked = {
            "subject": self._check_subject(subject),
            "description": self._check_text("description", description, MAX_DESCRIPTION),
            "attachments": self._check_attachments(attachments),
            "is_html": self._check_flag("is_html", is_html),
            "acknowledge": self._check_flag("acknowledge", acknowledge),
            **self._check_customer(email, name, phone, partner_id),
            **self._check_choices(team, category, priority),
            **self._check_custom(custom),
        }
        key = self._check_line("idempotency_key", idempotency_key, MAX_KEY)
        request = self._claim_key(key, asked) if key else None
        if request and request.ticket_id:
            return self._describe_ticket(request.ticket_id, created=False)
        ticket = self._open(asked)
        if request:
            request.ticket_id = ticket
        return self._describe_ticket(ticket, created=True)

    @api.model
    @api.readonly
    def describe(self):
        """What may be chosen in `submit`.

        :return: {"teams": [{"id", "name", "address"}], "categories": [{"id", "name", "teams": ids,
            empty for all}], "priorities": [{"value", "name"}], "custom": [{"name", "label", "kind",
            "required", "options"}], "limits": {name: number}}
        """
        self._check_caller()
        teams = self._get_teams()
        categories = self._get_categories(teams)
        return {
            "teams": [
                {"id": team.id, "name": team.name, "address": team.alias_name or ""}
                for team in teams
            ],
            "categories": [
                {
                    "id": category.id,
                    "name": category.display_name,
                    "teams": (category.team_ids & teams).ids,
                }
                for category in categories
            ],
            "priorities": [
                {"value": value, "name": text}
                for value, text in self.env["crm.ticket"]
                ._fields["priority"]
                ._description_selection(self.env)
            ],
            "custom": self._describe_custom(),
            "limits": {
                "subject": MAX_SUBJECT,
                "description": MAX_DESCRIPTION,
                "attachments": MAX_FILES,
                "attachment_mb": MAX_FILE_MB,
                "total_mb": MAX_TOTAL_MB,
            },
        }

    # ------------------------------------------------------------------ business

    @api.model
    def _check_caller(self):
        if not any(self.env.user.has_group(group) for group in GROUPS) or self.env.user.share:
            raise AccessError(
                self.env._("Only agents, and users who may hand in tickets, can do this.")
            )

    @api.model
    def _open(self, asked):
        """Make the ticket of a checked request; as superuser."""
        team = self._find_team(asked["team"])
        company = team.company_id or self.env.company
        partner = self._find_partner(asked, company)
        values = {"channel": "api", "team_id": team.id, "company_id": company.id}
        values |= self._read_custom(asked)
        if asked["priority"]:
            values["priority"] = asked["priority"]
        if asked["phone"]:
            values["phone"] = asked["phone"]
        if category := self._find_category(asked["category"], team):
            values["category_id"] = category.id
        if not partner:
            values["email_from"] = (
                formataddr((asked["name"], asked["email"])) if asked["name"] else asked["email"]
            )
        if asked["is_html"]:
            body = html_sanitize(asked["description"], sanitize_tags=True, strip_style=True)
        else:
            body = plaintext2html(asked["description"])
        # sudo: a program hands in tickets, it reads and writes nothing else; all is checked
        Ticket = self.env["crm.ticket"].sudo().with_company(company)
        if not asked["acknowledge"]:
            Ticket = Ticket.with_context(crm_no_answer=True)
        open_ticket = Ticket._open_for_customer
        email = asked["email"] or partner.sudo().email_normalized
        if email and self.env["crm.blocked.sender"]._is_blocked(email, company):
            # Who is blocked is blocked at every door, and is not told
            values["stage_id"] = team._get_spam_stage().id
            open_ticket = Ticket._store_for_customer
        return open_ticket(
            partner.sudo().with_company(company),
            asked["subject"],
            body if not is_html_empty(body) else Markup("<p></p>"),
            [(file["name"], file["raw"]) for file in asked["attachments"]],
            **values,
        )

    @api.model
    def _describe_ticket(self, ticket, created):
        # sudo: the caller learns where the ticket stands that he handed in
        ticket = ticket.sudo()
        return {
            "id": ticket.id,
            "number": ticket.number or "",
            "created": created,
            "stage": ticket.stage_id.name or "",
            "stage_type": ticket.stage_type or "",
            "url": ticket.get_base_url() + ticket.access_url,
        }

    @api.model
    def _claim_key(self, key, asked):
        """The row of a key; whoever comes with it at the same moment waits for this request.

        :raise ValidationError: when another request was handed in under this key
        """
        digest = self._digest(asked)
        # sudo: keys are nobody's to read or write
        Request = self.env["crm.ticket.intake.request"].sudo()
        now = self.env.cr.now()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_ticket_intake_request
                            (key, user_id, digest, create_uid, write_uid, create_date, write_date)
                VALUES (%(key)s, %(uid)s, %(digest)s, %(uid)s, %(uid)s, %(now)s, %(now)s)
                ON CONFLICT (user_id, key) DO NOTHING
                """,
                key=key,
                uid=self.env.uid,
                digest=digest,
                now=now,
            )
        )
        Request.invalidate_model()
        request = Request.search([("user_id", "=", self.env.uid), ("key", "=", key)])
        if request.digest != digest:
            self._refuse(
                self.env._("The idempotency key %s was used for another request already.", key)
            )
        return request

    @api.model
    def _digest(self, asked):
        plain = {
            **asked,
            "attachments": [
                [file["name"], hashlib.sha256(file["raw"]).hexdigest()]
                for file in asked["attachments"]
            ],
        }
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()

    # ------------------------------------------------------------------ what is named

    @api.model
    def _get_teams(self):
        # sudo: a program may not read teams; those of its companies are offered
        return (
            self.env["crm.ticket.team"]
            .sudo()
            .search([("company_id", "in", self.env.companies.ids)])
        )

    @api.model
    def _find_team(self, asked):
        teams = self._get_teams()
        if asked is None:
            # sudo: as above
            return self.env["crm.ticket.team"]._get_default_team(self.env.company).sudo()
        if isinstance(asked, int):
            team = teams.filtered(lambda t: t.id == asked)
        else:
            team = teams.filtered(lambda t: (t.alias_name or "").casefold() == asked.casefold())
        if len(team) != 1:
            self._refuse(self.env._("There is no team %s.", asked))
        return team

    @api.model
    def _get_categories(self, teams):
        # sudo: as above
        return (
            self.env["crm.ticket.category"]
            .sudo()
            .search(["|", ("team_ids", "=", False), ("team_ids", "in", teams.ids)])
        )

    @api.model
    def _find_category(self, asked, team):
        if asked is None:
            return self.env["crm.ticket.category"]
        categories = self._get_categories(team)
        if isinstance(asked, int):
            category = categories.filtered(lambda c: c.id == asked)
        else:
            named = asked.casefold()
            category = categories.filtered(
                lambda c: named in (c.name.casefold(), c.display_name.casefold())
            )
        if len(category) != 1:
            self._refuse(self.env._("Tickets of this team have no category %s.", asked))
        return category

    @api.model
    def _find_partner(self, asked, company):
        """The contact of a request; empty for a stranger."""
        Partner = self.env["res.partner"]
        if asked["partner_id"]:
            partner = Partner.browse(asked["partner_id"]).exists()
            if not partner or not partner.has_access("read"):
                self._refuse(self.env._("There is no contact %s.", asked["partner_id"]))
            if partner.company_id and partner.company_id != company:
                self._refuse(
                    self.env._("The contact %s belongs to another company.", asked["partner_id"])
                )
            return partner
        # sudo: who the customer is does not depend on what the program may read; as with mails
        return Partner.sudo().search(
            [
                ("email_normalized", "=", asked["email"]),
                ("company_id", "in", [False, company.id]),
            ],
            order="company_id, id",
            limit=1,
        )

    # ------------------------------------------------------------------ what is well-formed

    @api.model
    def _refuse(self, text):
        raise ValidationError(text)

    @api.model
    def _check_text(self, field, value, longest):
        if value is None or value is False:
            return ""
        if not isinstance(value, str):
            self._refuse(self.env._("%s must be a text.", field))
        value = value.replace("\x00", "").strip()
        # half a character, as JSON may hold, is nothing that can be stored
        value = value.encode("utf-8", "replace").decode()
        if len(value) > longest:
            self._refuse(
                self.env._(
                    "%(field)s may have %(count)s characters at most.", field=field, count=longest
                )
            )
        return value

    @api.model
    def _check_line(self, field, value, longest):
        return " ".join(self._check_text(field, value, longest).split())

    @api.model
    def _check_customer(self, email, name, phone, partner_id):
        asked = {
            "email": self._check_email(email),
            "name": self._check_line("name", name, MAX_NAME),
            "phone": self._check_line("phone", phone, 64),
            "partner_id": self._check_id("partner_id", partner_id),
        }
        if not asked["email"] and not asked["partner_id"]:
            self._refuse(self.env._("Say who the customer is: email or partner_id is missing."))
        return asked

    @api.model
    def _check_choices(self, team, category, priority):
        return {
            "team": self._check_reference("team", team),
            "category": self._check_reference("category", category),
            "priority": self._check_priority(priority),
        }

    @api.model
    def _check_subject(self, value):
        subject = self._check_line("subject", value, MAX_SUBJECT)
        if not subject:
            self._refuse(self.env._("subject is missing."))
        return subject

    @api.model
    def _check_custom(self, value):
        """Custom fields of a request as they are read later; hook of room `outlet/`."""
        if value:
            self._refuse(self.env._("There are no custom fields."))
        return {}

    @api.model
    def _read_custom(self, asked):
        return {}

    @api.model
    def _describe_custom(self):
        return []

    @api.model
    def _check_email(self, value):
        text = self._check_line("email", value, EMAIL_LENGTH)
        if not text:
            return ""
        email = email_normalize(text)
        if not email:
            self._refuse(self.env._("%s is no e-mail address.", text))
        return email

    @api.model
    def _check_id(self, field, value):
        if value is None or value is False:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
            self._refuse(self.env._("%s must be a number of a record.", field))
        return value

    @api.model
    def _check_reference(self, field, value):
        if value is None or value is False or value == "":
            return None
        if isinstance(value, str):
            return self._check_line(field, value, MAX_NAME) or None
        return self._check_id(field, value)

    @api.model
    def _check_priority(self, value):
        if value is None or value is False or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or value not in dict(PRIORITIES):
            self._refuse(self.env._("priority must be one of %s.", ", ".join(dict(PRIORITIES))))
        return value

    @api.model
    def _check_flag(self, field, value):
        if not isinstance(value, bool):
            self._refuse(self.env._("%s must be true or false.", field))
        return value

    @api.model
    def _check_attachments(self, value):
        """:return: [{"name", "raw": bytes}]"""
        if value is None or value is False:
            return []
        if not isinstance(value, list):
            self._refuse(self.env._("attachments must be a list."))
        if len(value) > MAX_FILES:
            self._refuse(self.env._("At most %s files can be attached.", MAX_FILES))
        files = [self._check_file(file) for file in value]
        if sum(len(file["raw"]) for file in files) > MAX_TOTAL_MB * MB:
            self._refuse(self.env._("All files together may have %s MB at most.", MAX_TOTAL_MB))
        return files

    @api.model
    def _check_file(self, file):
        if not isinstance(file, dict) or set(file) - {"name", "content"}:
            self._refuse(self.env._("A file has a name and a content, and nothing else."))
        name = self._check_line("name", file.get("name"), 1000).replace("\\", "/")
        name = PurePath(name).name[-100:]
        content = file.get("content")
        if name in ("", ".", "..") or not isinstance(content, str):
            self._refuse(self.env._("A file needs a name, and its content in base64."))
        try:
            raw = base64.b64decode("".join(content.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValidationError(self.env._("The content of %s is no base64.", name)) from error
        if len(raw) > MAX_FILE_MB * MB:
            self._refuse(
                self.env._("%(name)s is larger than %(size)s MB.", name=name, size=MAX_FILE_MB)
            )
        return {"name": name, "raw": raw}

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext
from odoo.tools.mail import email_normalize, email_split, email_split_tuples

from ...lib import lead_import, mail_forward, mail_guard
from ...lib.attempt import attempt
from ...lib.mail_signature import read_signature
from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

_logger = logging.getLogger(__name__)

# Longer subjects are noise or an attack; the message keeps the whole of it
SUBJECT_LENGTH = 255
# What people write about themselves is near the top; the rest of a huge mail is not searched
BODY_LENGTH = 200_000


class CrmLead(models.Model):
    """Mails become leads.

    An error here would lose the mail of a customer, so there is none: what cannot be done is left
    out and logged.
    """

    _name = "crm.lead"
    _inherit = ["crm.lead"]

    # nothing to fill in; in Arabic it is called as the phone is, and the import would take it
    phone_mobile_search = fields.Char(readonly=True)
    lead_form_id = fields.Many2one(
        "crm.lead.form",
        string="Form",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The public form that a visitor filled in.",
    )

    # a hash: any length of address fits, and only whole addresses are looked for
    _email_normalized_hash = models.Index("USING hash (email_normalized)")

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Leads and Opportunities"),
                "template": "/crm/leads/import-template.xlsx",
            }
        ]

    @api.model
    def _get_import_template(self):
        """Return the rows of the import template: headings in the user's language and two leads
        that could be imported as they are.
        """
        paths = self._get_import_paths()
        headings = [
            "/".join(
                model._fields[name]._description_string(self.env)
                for model, name in zip((self, self.line_ids), path.split("/"), strict=False)
            )
            for path in paths
        ]
        Product = self.env["product.product"]
        found = {
            "country_id": self.env.company.country_id
            or self.env["res.country"].search([], limit=1),
            "team_id": self.env["crm.team"].search([], limit=1),
            "source_id": self.env["utm.source"].search([], limit=1),
            "medium_id": self.env["utm.medium"].search([], limit=1),
            "tag_ids": self.env["crm.tag"].search([], limit=1),
            "line_ids/product_id": Product.search([("sale_ok", "=", True)], limit=2),
        }
        first = {name: records[:1].display_name or "" for name, records in found.items()}
        products = found["line_ids/product_id"].mapped("display_name")
        quantity = ["2" if products else ""]
        custom = self._get_custom_import_examples()
        rows = [
            {
                **first,
                **custom,
                "name": self.env._("Furniture for the new office"),
                "contact_name": self.env._("Sara Klein"),
                "partner_name": self.env._("Klein Trading"),
                "email_from": "sara@example.com",
                "phone": "+49 30 1234567",
                "expected_revenue": "12000",
                "line_ids/quantity": quantity[0],
            },
            # a further product of the same lead
            {"line_ids/product_id": products[-1], "line_ids/quantity": "1"} if products else {},
            {
                **custom,
                "name": self.env._("Met at the trade fair"),
                "contact_name": self.env._("Nour Salem"),
                "phone": "+966 55 555 0102",
                "source_id": first["source_id"],
            },
        ]
        return [headings, *([row.get(path, "") for path in paths] for row in rows if row)]

    @api.model
    def _get_import_paths(self):
        """Return the columns of the import template: names of fields, as the import has them."""
        return [*lead_import.COLUMNS, *self._get_custom_import_examples()]

    @api.model
    def load(self, fields, data):
        return super(CrmLead, self.with_context(crm_told_by_row=True)).load(fields, data)

    def _load_records(self, data_list, update=False):
        """Core tells what is wrong with a batch as an error of its first row, and once more as
        that of the row. Only the second is true.
        """
        try:
            return super()._load_records(data_list, update)
        except UserError as error:
            if len(data_list) == 1 or not self.env.context.get("crm_told_by_row"):
                raise
            raise ValueError(str(error)) from error

    def _convert_records(self, records, *, log=lambda _message: None, savepoint):
        for dbid, xid, values, info in super()._convert_records(
            records, log=log, savepoint=savepoint
        ):
            for name, message in self._get_import_errors(values).items():
                label = self._fields[name]._description_string(self.env)
                log(dict(info, type="error", field=name, field_name=label, message=message))
            yield dbid, xid, values, info

    @api.model
    def _get_import_errors(self, values):
        """Return what is wrong with the contact data of an imported row, by field name."""
        errors = {}
        email, phone = values.get("email_from"), values.get("phone")
        if email and not email_normalize(email):
            errors["email_from"] = self.env._("“%s” is no e-mail address.", email)
        if phone and not lead_import.is_phone(phone):
            errors["phone"] = self.env._("“%s” is no phone number.", phone)
        return errors

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        custom_values = self._replace_archived_team(custom_values or {})
        values, notes = self._prepare_mail_values(msg_dict, custom_values)
        # core would put the whole sender, with his name, into the field of the address
        msg_dict = {**msg_dict, "email_from": values.get("email_from", False)}
        if not self.env.su:
            # The gateway is superuser: whoever calls this from outside follows the rules
            return super().message_new(msg_dict, {**values, **custom_values})
        reason = "Created a minimal lead for mail %s", msg_dict.get("message_id")
        with attempt(self.env.cr, _logger, *reason):
            lead = super().message_new(msg_dict, {**values, **custom_values})
            for note in notes:
                lead._message_log(body=note)
            return lead
        minimal = {
            name: value
            for name, value in {**values, **custom_values}.items()
            if name in ("name", "type", "team_id", "company_id", "email_from") and value
        }
        keeper = self.with_context(tracking_disable=True, crm_form_rules=KEEP_INCOMPLETE)
        return keeper.create({**minimal, "user_id": False})

    def message_update(self, msg_dict, update_vals=None):
        if self.env.context.get("crm_mail_machine"):
            # Kept where it belongs, but nobody is notified: robots would answer each other
            msg_dict["is_internal"] = True
            msg_dict.pop("parent_id", None)
        return super().message_update(msg_dict, update_vals)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if self.id in (self.env.context.get("crm_mail_joined") or {}):
            # The mail was not written to those outside who follow the lead
            recipients = [recipient for recipient in recipients if not recipient["share"]]
        return recipients

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        # Served by an index; mails without a usable sender have nobody in common who could loop
        if not email_from_normalized:
            return []
        return [("email_normalized", "=", email_from_normalized)]

    @api.model
    def _settle_mail_routes(self, message, message_dict, routes, model):
        """Decide what becomes of the routes of a mail that lead to leads.

        :param message: the `email.message.EmailMessage`
        :param message_dict: what core's parser has read; `crm_mail_joined` is added to it
        :param routes: as `message_route` returns them
        :param model: the model that a mail server without alias delivers to
        :return: routes
        """
        is_released = self.env.context.get("crm_mail_release") is KEEP_INCOMPLETE
        if is_released and not routes:
            return [(self._name, 0, {}, self.env.uid, None)]
        Machine = self.env["crm.machine.mail"]
        if message_dict.get("is_bounce"):
            is_ours = model == self._name or self._get_mail_teams(message_dict)
            if is_ours and not routes and not message_dict.get("bounced_message"):
                Machine._keep(message, message_dict, "bounce")
            return routes
        new = [route for route in routes if route[0] == self._name and not route[1]]
        if not new:
            return routes
        others = [route for route in routes if route not in new]
        route = self._get_first_route(new, message)
        if is_released:
            return [*others, route]
        if reason := self._get_machine_reason(message, message_dict):
            Machine._keep(message, message_dict, reason, route)
            return others
        lead, why = self._find_lead_to_join(message, message_dict, route)
        if lead:
            message_dict["crm_mail_joined"] = {lead.id: why}
            route = (self._name, lead.id, None, *route[3:])
        return [*others, route]

    @api.model
    def _get_first_route(self, routes, message):
        """Of several teams that a mail was sent to, the one that is named first gets it."""
        if len(routes) == 1:
            return routes[0]
        recipients = " ".join(
            str(value).lower()
            for header in ("To", "Cc", "Delivered-To")
            for value in message.get_all(header) or []
        )

        def position(route):
            found = recipients.find(f"{(route[4].alias_name or '').lower()}@") if route[4] else -1
            return found if found >= 0 else len(recipients)

        return min(routes, key=position)

    @api.model
    def _get_machine_reason(self, message, message_dict):
        reason = mail_guard.machine_reason(message) or mail_guard.newsletter_reason(message)
        if reason:
            return reason
        sender = email_normalize(message_dict.get("email_from") or "")
        # sudo: whatever the gateway may read, aliases are the system's own addresses
        if sender and self.env["mail.alias.domain"].sudo()._find_aliases([sender]):
            return "own-address"
        return None

    @api.model
    def _get_mail_teams(self, message_dict):
        """Return the sales teams to whose addresses a mail was sent."""
        addresses = [
            address.lower() for address in email_split(message_dict.get("recipients") or "")
        ]
        # sudo: the gateway may run as somebody who reads no aliases
        aliases = (
            self.env["mail.alias"]
            .sudo()
            .search(
                [
                    ("alias_model_id.model", "=", self._name),
                    "|",
                    ("alias_full_name", "in", addresses),
                    "&",
                    ("alias_incoming_local", "=", True),
                    ("alias_name", "in", [address.partition("@")[0] for address in addresses]),
                ]
            )
        )
        teams = aliases.filtered(lambda alias: alias.alias_parent_model_id.model == "crm.team")
        return aliases.env["crm.team"].browse(teams.mapped("alias_parent_thread_id")).exists()

    @api.model
    def _find_lead_to_join(self, message, message_dict, route):
        """Return the open lead or opportunity that a mail belongs to, and why; or none."""
        if mail_guard.is_forged(message):
            return self.browse(), None
        # sudo: the gateway decides by all open leads, whatever the sender may read
        Team = self.env["crm.team"].sudo()
        team = Team.browse((route[2] or {}).get("team_id")).exists() or Team._get_default_team_id()
        email = email_normalize(message_dict.get("email_from") or "")
        return self._find_open_lead(email, team, team.company_id or self.env.company)

    @api.model
    def _find_open_lead(self, email, team, company):
        """Return what is open with the owner of an address, and why it is his; or none.

        The address must be the same, or exactly one thing may be open with the whole company of
        the sender. Nobody is shown anything: what is said is added to what the team sees anyway.

        :return: lead, reason ("contact", "address" or "company")
        """
        nothing = self.browse(), None
        if not email or (team and not team.join_mails):
            return nothing
        contacts = self._find_mail_contacts(email, company)
        if any(not contact.partner_share for contact in contacts):
            return nothing
        # sudo: decided by all open leads, whatever the sender may read
        Lead = self.sudo()
        is_same = Domain("email_normalized", "=", email) | Domain("partner_id", "in", contacts.ids)
        if lead := Lead._get_last_open(is_same, team, company, contacts=contacts):
            return lead, "contact" if lead.partner_id in contacts else "address"
        employers = contacts.commercial_partner_id.filtered("is_company")
        if len(employers) == 1:
            is_colleague = Domain("partner_id.commercial_partner_id", "=", employers.id)
            lead = Lead._get_last_open(is_colleague, team, company, only=True)
            return lead, "company" if lead else None
        return nothing

    @api.model
    def _get_last_open(self, domain, team, company, only=False, contacts=()):
        """Return the open lead of a domain where something was written last, of the team if there
        is one; none when the team's limit of days has passed.

        :param only: return none when there are several
        :param contacts: their leads go first: the others may be of somebody who used their address
        """
        leads = self.search(
            domain
            & Domain("won_status", "=", "pending")
            & Domain("company_id", "in", [company.id, False]),
            order="id desc",
            limit=100,
        )
        if not leads or (only and len(leads) > 1):
            return self.browse()
        self.env["mail.message"].flush_model(["model", "res_id", "create_date"])
        last = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT res_id, MAX(create_date)
                      FROM mail_message
                     WHERE model = %s AND res_id IN %s
                  GROUP BY res_id
                    """,
                    self._name,
                    tuple(leads.ids),
                )
            )
        )
        written = {
            lead: max(last.get(lead.id) or lead.create_date, lead.create_date) for lead in leads
        }
        if team.join_mail_days:
            limit = fields.Datetime.now() - timedelta(days=team.join_mail_days)
            leads = leads.filtered(lambda lead: written[lead] >= limit)
        return max(
            leads,
            key=lambda lead: (
                lead.partner_id in contacts,
                lead.team_id == team,
                written[lead],
                lead.id,
            ),
            default=self.browse(),
        )

    def _note_joined(self, why):
        """Tell the readers of a lead why a mail that answers nothing is on it."""
        self.ensure_one()
        reasons = {
            "contact": self.env._(
                "The e-mail above answers nothing, but its sender is the contact of this record, "
                "so it was added here."
            ),
            "address": self.env._(
                "The e-mail above answers nothing, but this record has the address of its sender, "
                "so it was added here."
            ),
            "company": self.env._(
                "The e-mail above answers nothing, but nothing else is open with the company of "
                "its sender, so it was added here."
            ),
        }
        self._message_log(body=reasons[why])

    @api.model
    def _replace_archived_team(self, custom_values):
        """Values of an alias, without a team that nobody looks after any more."""
        # sudo: the gateway may run as somebody who reads no teams
        team = self.env["crm.team"].sudo().browse(custom_values.get("team_id")).exists()
        if not custom_values.get("team_id") or team.active:
            return custom_values
        return {name: value for name, value in custom_values.items() if name != "team_id"}

    @api.model
    def _prepare_mail_values(self, msg_dict, custom_values):
        """Return the values of a lead that a mail becomes, and what its readers should know.

        :return: values, and a list of notes
        """
        subject = " ".join((msg_dict.get("subject") or "").split())
        text = html2plaintext((msg_dict.get("body") or "")[:BODY_LENGTH], include_references=False)
        values = {"name": subject[:SUBJECT_LENGTH] or self.env._("No Subject")}
        # sudo: the gateway finds contacts whatever the sender may read
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id")).exists()
        if author and not author.partner_share:
            colleague, notes = self._prepare_colleague_values(subject, text, author, custom_values)
            return {**values, **colleague}, notes
        sender = msg_dict.get("from") or msg_dict.get("email_from") or ""
        [(name, email), *_others] = email_split_tuples(sender) or [("", sender)]
        if self.env.context.get("crm_mail_forged"):
            author = author.browse()
            notes = [self.env._("The sender is not verified: a mail server says it is forged.")]
            contact = self.env["res.partner"]
        else:
            notes = []
            contact = self._find_mail_contacts(email, self._get_mail_company(custom_values))
            contact = (contact & author) or contact[:1]
        return {**values, **self._prepare_contact_values(name, email, text, contact)}, notes

    @api.model
    def _prepare_colleague_values(self, subject, text, colleague, custom_values):
        """Values of a lead from a colleague's mail: the customer is whom he forwards, or nobody."""
        forwarded = mail_forward.find_forwarded(subject, text)
        if not forwarded:
            note = self.env._("Written by %(name)s, a colleague.", name=colleague.name)
            return {"partner_id": False, "email_from": False}, [note]
        contact = self._find_mail_contacts(
            forwarded.email, self._get_mail_company(custom_values)
        ).filtered("partner_share")[:1]
        values = self._prepare_contact_values(
            forwarded.name, forwarded.email, forwarded.text, contact
        )
        if original := mail_forward.strip_subject(subject):
            values["name"] = original[:SUBJECT_LENGTH]
        note = self.env._(
            "Forwarded by %(name)s. The customer is taken from the forwarded text: %(email)s.",
            name=colleague.name,
            email=forwarded.email,
        )
        return values, [note]

    @api.model
    def _prepare_contact_values(self, name, email, text, contact):
        """Return what a mail tells about its sender.

        A known contact is linked and nothing else: what a mail states about him could change his
        data. Of a stranger, the lead keeps name, address, telephone, company and job title.

        :param contact: the known contact with this address, or none
        """
        if contact:
            return {"partner_id": contact.id, "email_from": contact.email}
        signature = read_signature(text, name, email)
        phone = signature.phone and (
            self._phone_format(
                number=signature.phone,
                country=self.env.company.country_id,
                force_format="INTERNATIONAL",
            )
            or signature.phone
        )
        values = {
            "contact_name": name or signature.name,
            "email_from": email,
            "partner_name": signature.company,
            "function": signature.function,
            "phone": phone,
        }
        return {"partner_id": False, **{key: value for key, value in values.items() if value}}

    @api.model
    def _find_mail_contacts(self, email, company):
        """Return the contacts that have exactly this address and may be used in a company.

        Whoever belongs to a company goes first, then the oldest: the same one each time.
        """
        email = email_normalize(email)
        if not email:
            return self.env["res.partner"]
        # sudo: the gateway finds contacts whatever the sender may read
        contacts = (
            self.env["res.partner"]
            .sudo()
            .search(
                [
                    ("email_normalized", "=", email),
                    ("company_id", "in", [company.id, False]),
                ],
                order="id",
                limit=50,
            )
        )
        return contacts.sorted(lambda contact: not contact.parent_id and not contact.is_company)

    @api.model
    def _get_mail_company(self, custom_values):
        # sudo: the gateway may run as somebody who reads no teams
        team = self.env["crm.team"].sudo().browse(custom_values.get("team_id")).exists()
        return team.company_id or self.env.company

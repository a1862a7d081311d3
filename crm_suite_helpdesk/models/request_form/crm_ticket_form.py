from datetime import timedelta

from markupsafe import Markup, escape

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, email_normalize, plaintext2html

from odoo.addons.crm_suite.lib import lead_form

MANAGER = "crm_suite_helpdesk.group_manager"
ASKED = [("no", "Not asked"), ("optional", "Optional"), ("required", "Required")]


class CrmTicketForm(models.Model):
    """A page on which anybody can ask for help, without an account and without a web site."""

    _name = "crm.ticket.form"
    _description = "Ticket Form"
    _inherit = ["crm.public.form.mixin"]
    _order = "sequence, id"
    _form_path = "/support"
    _form_scope = "crm_suite_helpdesk.ticket_form"

    team_id = fields.Many2one(
        "crm.ticket.team",
        required=True,
        ondelete="restrict",
        index=True,
        default=lambda self: self.env["crm.ticket.team"]._get_default_team(self.env.company),
        help="Tickets of this form go to this team.",
    )
    company_id = fields.Many2one(
        related="team_id.company_id", store=True, readonly=True, default=None
    )
    tag_ids = fields.Many2many("crm.ticket.tag", string="Tags")
    category_ids = fields.Many2many(
        "crm.ticket.category",
        string="Categories Offered",
        domain="['|', ('team_ids', '=', False), ('team_ids', 'in', team_id)]",
        help="What visitors choose from. Empty: they are not asked.",
    )
    ask_phone = fields.Selection(ASKED, "Phone", default="optional", required=True)
    ask_reference = fields.Selection(
        ASKED,
        "Order or Invoice Number",
        default="no",
        required=True,
        help="It is put above the request as it was typed; nothing is looked up.",
    )
    field_ids = fields.One2many(
        "crm.ticket.form.field",
        "form_id",
        "Custom Fields",
        copy=True,
        help="Fields of tickets that were added without code. They are asked for after the text.",
    )
    has_files = fields.Boolean("Files", default=True, help="Let visitors send pictures and files.")
    consent = fields.Char(
        translate=True,
        help="The sentence that visitors have to agree to. Empty: they are not asked.",
    )
    suggest_articles = fields.Boolean(
        default=True, help="Show public articles that may help while somebody types the subject."
    )
    entry_ids = fields.One2many("crm.ticket.form.entry", "form_id", readonly=True, groups=MANAGER)
    entry_count = fields.Integer(
        "Sent",
        compute="_compute_entry_count",
        groups=MANAGER,
        help="How many times it was sent in 90 days.",
    )

    @api.depends_context("uid")
    def _compute_entry_count(self):
        since = self.env["crm.ticket"]._now() - timedelta(days=90)
        groups = self.env["crm.ticket.form.entry"]._read_group(
            [("form_id", "in", self.ids), ("state", "=", "sent"), ("date", ">", since)],
            ["form_id"],
            ["__count"],
        )
        counts = {form.id: count for form, count in groups}
        for form in self:
            form.entry_count = counts.get(form.id, 0)

    def action_view_entries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_form_entry_action"
        )
        action["domain"] = [("form_id", "=", self.id)]
        return action

    @api.model
    def _create_first(self):
        """A form that works right after installation."""
        if not self.env["crm.ticket.team"]._get_default_team(self.env.company):
            return
        texts = {
            "name": "Support",
            "title": "How can we help?",
            "intro": "<p>Tell us what you need. We answer by e-mail.</p>",
            "thank_you": "<p>Thank you. We have received your request and will answer soon.</p>",
            "consent": "I agree that my data is kept to answer my request.",
        }
        xml_id = "crm_suite_helpdesk.ticket_form_support"
        self._load_records(
            [{"xml_id": xml_id, "noupdate": True, "values": {**texts, "slug": "request"}}]
        )

    # ------------------------------------------------------------------ what is asked

    def _get_shown_fields(self):
        """Return the fields of the page, in the language of the environment."""
        self.ensure_one()
        categories = self.category_ids.filtered(
            lambda category: category.active and category._is_offered_to(self.team_id)
        )
        shown = [
            ("contact_name", self.env._("Your name"), True),
            ("email_from", self.env._("Your e-mail"), True),
            ("phone", self.env._("Your phone"), self.ask_phone),
            ("reference", self.env._("Order or invoice number"), self.ask_reference),
            ("category_id", self.env._("What is it about?"), bool(categories) or "no"),
            ("subject", self.env._("Subject"), True),
            ("description", self.env._("What do you need?"), True),
            ("consent", self.consent, bool(self.consent) or "no"),
        ]
        standard = [
            {
                "name": name,
                "label": label,
                "required": asked in (True, "required"),
                "options": [(str(category.id), category.name) for category in categories]
                if name == "category_id"
                else [],
                "limit": lead_form.LIMITS.get(name),
            }
            for name, label, asked in shown
            if asked != "no"
        ]
        consent = [field for field in standard if field["name"] == "consent"]
        others = [field for field in standard if field["name"] != "consent"]
        return [*others, *self._describe_custom_fields(), *consent]

    def _describe_custom_fields(self):
        """Return the custom fields of the page."""
        outlet = self.env["crm.custom.outlet"]
        lines = {
            line.custom_field_id.technical_name: line
            for line in self.field_ids
            if outlet._may_leave(line.custom_field_id)
        }
        if not lines or not self.env["crm.custom.field.place"]._is_enabled():
            return []
        asked = [outlet._to_outlet_field(line.custom_field_id) for line in lines.values()]
        return [
            {
                **field,
                "label": lines[field["name"]].label or field["label"],
                "required": field["required"]
                or (lines[field["name"]].required and field["kind"] != "boolean"),
            }
            for field in outlet._describe("crm.ticket", asked)
        ]

    def _get_submit_values(self, shown, sent):
        """Check what a visitor sent.

        :param sent: werkzeug MultiDict of what was sent
        :return: values by field name, error codes by field name
        """
        values, errors = {}, {}
        for field in shown:
            name, required = field["name"], field["required"]
            if "kind" in field:
                continue  # read with the files, see `controllers/custom_fields.py`
            if name == "consent":
                values[name] = bool(sent.get(name))
                error = "required" if required and not values[name] else None
            elif name == "category_id":
                value = lead_form.clean(name, sent.get(name))
                known = value in dict(field["options"])
                values[name] = value if known else ""
                error = None if known else "choice"
            else:
                values[name] = lead_form.clean(name, sent.get(name))
                error = lead_form.find_error(name, values[name], required)
                # what is shown again must not grow with what was sent
                values[name] = values[name][: 2 * field["limit"]]
            if error:
                errors[name] = error
        return values, errors

    def _find_missing(self, shown, values, custom):
        """Return the fields that a form rule requires and that the visitor left empty."""
        Ticket = self.env["crm.ticket"].with_company(self.company_id)
        names = [field["name"] for field in shown if field["name"] in Ticket._fields]
        stated = {name: values.get(name) or False for name in ("email_from", "phone")}
        stated |= {"name": values.get("subject"), "team_id": self.team_id.id, **custom}
        stated["company_id"] = self.company_id.id
        if values.get("category_id"):
            stated["category_id"] = int(values["category_id"])
        return Ticket._find_missing(stated, names)

    # ------------------------------------------------------------------ what is sent

    def _is_flooded(self, address_hash):
        """Return whether this visitor, or all of them, have sent enough for an hour."""
        [(own, everybody)] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*) FILTER (WHERE address_hash = %(address)s), COUNT(*)
                  FROM crm_ticket_form_entry
                 WHERE form_id = %(form)s AND date > %(since)s
                """,
                address=address_hash,
                form=self.id,
                since=self.env["crm.ticket"]._now() - timedelta(hours=1),
            )
        )
        return own >= self.address_limit or everybody >= self.hour_limit

    def _receive(self, shown, values, files, custom=None, *, is_robot=False):
        """Make a ticket of what a visitor sent. Nothing that exists is changed, and nothing that
        the visitor sees depends on who is known: whoever fills in a form may be anybody.

        :param values: checked values, as `_get_submit_values` returns them
        :param files: (name, content as bytes)
        :param custom: values of custom fields of the ticket
        :param is_robot: the field was filled in that people do not see; kept, in case it was one
        :return: the ticket
        """
        self.ensure_one()
        email = email_normalize(values["email_from"]) or values["email_from"]
        # The visitor has no rights and no user; what his request sets off is the system's work
        env = self.with_user(SUPERUSER_ID).with_company(self.company_id).env
        Ticket = env["crm.ticket"]
        is_spam = is_robot or env["crm.blocked.sender"]._is_blocked(email, self.company_id)
        contact = self._find_contact(env, email)
        given = {
            "team_id": self.team_id.id,
            "company_id": self.company_id.id,
            "channel": "form",
            "form_id": self.id,
            "tag_ids": [fields.Command.set(self.tag_ids.ids)],
            "email_from": email,
            **(custom or {}),
        }
        if values.get("phone"):
            given["phone"] = values["phone"]
        if values.get("category_id"):
            given["category_id"] = int(values["category_id"])
        if is_spam:
            given["stage_id"] = self.team_id._get_spam_stage().id
            given["is_suspended"] = True
        body = self._get_summary(shown, values) + plaintext2html(values["description"])
        if is_spam:
            return Ticket._store_for_customer(contact, values["subject"], body, files, **given)
        return Ticket._open_for_customer(contact, values["subject"], body, files, **given)

    def _find_contact(self, env, email):
        """The one contact of a customer with this address, if there is just one.

        Our own people are none: anybody can type the address of an agent.
        """
        contacts = env["res.partner"].search(
            [
                ("email_normalized", "=", email),
                ("company_id", "in", [False, self.company_id.id]),
            ],
            limit=20,
        )
        if not contacts or any(not contact.partner_share for contact in contacts):
            return contacts.browse()
        # several records of one company are one customer; of several companies, nobody knows
        return contacts[:1] if len(contacts.commercial_partner_id) == 1 else contacts.browse()

    def _get_summary(self, shown, values):
        """What a visitor sent besides his request, as HTML; and that nobody knows who he is."""
        rows = []
        for field in shown:
            name, value = field["name"], values.get(field["name"])
            if name in ("subject", "description", "category_id") or not value or "kind" in field:
                continue
            value = self.env._("Yes") if name == "consent" else value
            rows.append(Markup("<b>%s</b>: %s") % (field["label"], escape(value)))
        intro = self.env._(
            "Sent with the form “%(form)s”. Nobody has checked who the sender is.", form=self.name
        )
        return Markup("<p><i>%s</i><br/>%s</p>") % (intro, Markup("<br/>").join(rows))

    # ------------------------------------------------------------------ articles

    @api.model
    def _find_suggesting(self, slug):
        """The form at an address, if it shows articles."""
        if not lead_form.SLUG.fullmatch(slug):
            return self.browse()
        return self.search([("slug", "=", slug), ("suggest_articles", "=", True)], limit=1)

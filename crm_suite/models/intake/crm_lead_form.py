from email.message import EmailMessage

from markupsafe import Markup, escape

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tools import SQL, email_normalize, escape_psql

from ...lib import lead_form
from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE


class CrmLeadForm(models.Model):
    """A page on which strangers ask for an offer."""

    _name = "crm.lead.form"
    _description = "Lead Form"
    _inherit = ["crm.public.form.mixin", "crm.lead.form.statistics"]
    _order = "sequence, id"
    _form_path = "/crm/form"
    _form_scope = "crm_suite.lead_form"

    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        help="Leads of this form go to this team. Empty: the default team.",
    )
    redirect_url = fields.Char(
        string="Page After Sending",
        help="Address of a page of yours. Empty: visitors read the thanks.",
    )
    field_ids = fields.One2many("crm.lead.form.field", "form_id", string="Fields", copy=True)
    product_ids = fields.Many2many(
        "product.product",
        string="Products Offered",
        domain=[("sale_ok", "=", True)],
        help="What visitors choose from under “Products of Interest”.",
    )
    source_id = fields.Many2one("utm.source", index="btree_not_null", ondelete="set null")
    medium_id = fields.Many2one("utm.medium", index="btree_not_null", ondelete="set null")
    campaign_id = fields.Many2one("utm.campaign", index="btree_not_null", ondelete="set null")
    tag_ids = fields.Many2many("crm.tag", string="Tags")
    join_open = fields.Boolean(
        string="Add to Open Opportunities",
        default=True,
        help="What somebody sends who already has an open lead or opportunity is added to it as a "
        "message, if his sales team joins mails. Otherwise it becomes another lead.",
    )
    confirm_mail = fields.Boolean(
        string="Confirm by E-mail",
        help="Send a confirmation to the address that was entered. Anybody can enter the address "
        "of somebody else, so this is off until you need it.",
    )

    @api.constrains("redirect_url")
    def _check_redirect_url(self):
        for form in self:
            if form.redirect_url and not form._get_page_after():
                raise ValidationError(
                    self.env._(
                        "“%s” is no page. Write its whole address, as https://www.example.com/thanks.",
                        form.redirect_url,
                    )
                )

    @api.constrains("field_ids")
    def _check_field_ids(self):
        for form in self:
            if not {"email_from", "phone"} & set(form.field_ids.mapped("name")):
                raise ValidationError(
                    self.env._("Ask for the e-mail or the phone: nobody could be answered.")
                )

    @api.constrains("product_ids", "company_id")
    def _check_product_company(self):
        for form in self:
            if form.product_ids.company_id - form.company_id:
                raise ValidationError(self.env._("A product belongs to another company."))

    def action_view_leads(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Leads of %s", self.name),
            "res_model": "crm.lead",
            "view_mode": "list,kanban,form",
            "views": [
                (self.env.ref("crm.crm_case_tree_view_leads").id, "list"),
                (False, "kanban"),
                (False, "form"),
            ],
            "domain": [("lead_form_id", "=", self.id)],
            "context": {"active_test": False},
        }

    def _get_shown_fields(self):
        """Return the fields as the page shows them, in the language of the environment."""
        self.ensure_one()
        names = self.env["crm.lead.form.field"]._fields["name"]
        labels = dict(names._description_selection(self.env))
        shown = []
        custom = {field["name"]: field for field in self._describe_custom_fields()}
        for field in self.field_ids:
            options = []
            if field.name == "custom":
                asked = custom.get(field.custom_field_id.technical_name)
                if asked:
                    shown.append({**asked, "label": field.label or asked["label"]})
                    shown[-1]["required"] |= field.required and asked["kind"] != "boolean"
                continue
            if field.name == "country_id":
                options = [(str(c.id), c.name) for c in self.env["res.country"].search([])]
                options.sort(key=lambda option: option[1])
            elif field.name == "product_ids":
                options = [(str(p.id), p.name) for p in self.product_ids if p.active]
                if not options:
                    continue
            label = field.label or labels[field.name]
            if field.name == "consent" and not field.label:
                label = self.env._("I agree that my data is kept to answer my request.")
            shown.append(
                {
                    "name": field.name,
                    "label": label,
                    "required": field.required,
                    "options": options,
                    "limit": lead_form.LIMITS.get(field.name),
                }
            )
        return shown

    def _get_custom_names(self):
        return self.field_ids.custom_field_id.filtered("technical_name").mapped("technical_name")

    def _describe_custom_fields(self):
        outlet = self.env["crm.custom.outlet"]
        if not self.env["crm.custom.field.place"]._is_enabled():
            return []
        asked = self.field_ids.custom_field_id.filtered(outlet._may_leave)
        return outlet._describe("crm.lead", [outlet._to_outlet_field(field) for field in asked])

    def _get_submit_values(self, shown, sent):
        """Check what a visitor sent.

        :param shown: fields as `_get_shown_fields` returns them
        :param sent: werkzeug MultiDict of what was sent
        :return: values by field name, error codes by field name
        """
        values, errors = {}, {}
        for field in shown:
            name, required = field["name"], field["required"]
            allowed = {option for option, _label in field["options"]}
            if "kind" in field:
                texts, wrong = self.env["crm.custom.outlet"]._read_sent([field], sent)
                values[name], error = texts[name], wrong.get(name)
            elif name == "product_ids":
                value = [choice for choice in dict.fromkeys(sent.getlist(name)[:50]) if choice]
                wrong = not allowed.issuperset(value)
                values[name] = [choice for choice in value if choice in allowed]
                error = "choice" if wrong else "required" if required and not value else None
            elif name == "country_id":
                value = lead_form.clean(name, sent.get(name))
                values[name] = value if value in allowed else ""
                error = "choice" if value and value not in allowed else None
                error = error or ("required" if required and not value else None)
            elif name == "consent":
                values[name] = bool(sent.get(name))
                error = "required" if required and not values[name] else None
            else:
                values[name] = lead_form.clean(name, sent.get(name))
                error = lead_form.find_error(name, values[name], required)
                # what is shown again must not grow with what was sent
                values[name] = values[name][: 2 * field["limit"]]
            if error:
                errors[name] = error
        if not errors and not values.get("email_from") and not values.get("phone"):
            errors["email_from" if "email_from" in values else "phone"] = "contact"
        if not errors:
            errors.update(dict.fromkeys(self._find_missing(shown, values), "required"))
        return values, errors

    def _find_missing(self, shown, values):
        """Return the fields that a form rule requires and that the visitor left empty."""
        company = self.company_id or self.team_id.company_id or self.env.company
        Lead = self.env["crm.lead"].with_company(company)
        names = [field["name"] for field in shown if field["name"] in Lead._fields]
        stated = {name: values[name] or False for name in names if name != "product_ids"}
        stated.update(self._prepare_custom_values(shown, values))
        if stated.get("country_id"):
            stated["country_id"] = int(stated["country_id"])
        team = {"team_id": self.team_id.id, "company_id": company.id}
        return Lead._find_missing({**team, **stated}, names)

    def _is_flooded(self, address_hash):
        """Return whether this visitor, or all of them, have sent enough for an hour."""
        [(own, everybody)] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*) FILTER (WHERE address_hash = %(address)s), COUNT(*)
                  FROM crm_lead_form_visit
                 WHERE form_id = %(form)s AND date > %(since)s AND state IN ('sent', 'robot')
                """,
                address=address_hash,
                form=self.id,
                since=fields.Datetime.subtract(fields.Datetime.now(), hours=1),
            )
        )
        return own >= self.address_limit or everybody >= self.hour_limit

    def _get_error_texts(self):
        return {
            **super()._get_error_texts(),
            **self.env["crm.custom.outlet"]._get_error_texts(),
            "contact": self.env._(
                "Please enter an e-mail address or a phone number for our answer."
            ),
        }

    def _get_utm_values(self, utm):
        """Return source, medium and campaign: those of the link if they are known, else the form's.

        Strangers create none: they could fill the lists with anything.

        :param utm: names by parameter (utm_source, …)
        :return: values of a lead, names that are unknown
        """
        values, unknown = {}, {}
        for parameter, name, _cookie in self.env["utm.mixin"].tracking_fields():
            if name not in ("source_id", "medium_id", "campaign_id"):
                continue
            values[name] = self[name].id
            if text := lead_form.clean(name, utm.get(parameter))[:100]:
                Model = self.env[self[name]._name].with_context(active_test=False)
                record = Model.search([("name", "=ilike", escape_psql(text))], limit=1)
                if record:
                    values[name] = record.id
                else:
                    unknown[parameter] = text
        return values, unknown

    def _get_summary(self, shown, values, unknown):
        """Return what a visitor sent as HTML, for the notes and the messages of a lead."""
        rows = []
        for field in shown:
            name, value = field["name"], values.get(field["name"])
            options = dict(field["options"])
            if "kind" in field:
                value = self.env["crm.custom.outlet"]._get_texts_in_words(field, value)
            elif name == "product_ids":
                value = ", ".join(options[choice] for choice in value)
            elif name == "consent":
                value = self.env._("Yes") if value else self.env._("No")
            elif options:
                value = options.get(value, "")
            if value:
                text = Markup("<br/>").join(escape(value).split("\n"))
                rows.append(Markup("<b>%s</b>: %s") % (field["label"], text))
        rows += [Markup("<b>%s</b>: %s") % pair for pair in unknown.items()]
        return Markup("<p>%s</p>") % Markup("<br/>").join(rows)

    def _get_page_after(self):
        """Return the page that visitors see after sending, if it is one of another site."""
        try:
            return lead_form.parse_page(self.redirect_url) if self.redirect_url else None
        except ValueError:
            return None

    def _receive(self, shown, values, utm):
        """Make a lead of what a visitor sent, or add it to what is open with him.

        Nothing that exists is changed: whoever fills in a form may be anybody.

        :param values: checked values, as `_get_submit_values` returns them
        :param utm: names of source, medium and campaign by parameter of the link
        :return: the lead
        """
        self.ensure_one()
        team = self.team_id if self.team_id.active else self.team_id.browse()
        team = team or self.env["crm.team"]._get_default_team_id()
        company = self.company_id or team.company_id or self.env.company
        origin, unknown = self._get_utm_values(utm)
        summary = self._get_summary(shown, values, unknown)
        # The visitor has no rights and no user; what his request sets off is the system's work
        Lead = (
            self.env["crm.lead"]
            .with_user(SUPERUSER_ID)
            .with_company(company)
            .with_context(crm_form_rules=KEEP_INCOMPLETE)
        )
        email = email_normalize(values.get("email_from") or "")
        if self.join_open:
            lead, why = Lead._find_open_lead(email, team, company)
            if lead:
                self._add_message(lead.with_env(Lead.env), why, email, summary)
                return lead
        contact = Lead._find_mail_contacts(email, company).filtered("partner_share")[:1]
        lead = Lead.create(
            {
                **self._prepare_lead_values(values, contact),
                **self._prepare_custom_values(shown, values),
                **origin,
                "description": summary,
                # as core decides for mails
                "type": "lead"
                if team.use_leads and Lead.env.user.has_group("crm.group_use_lead")
                else "opportunity",
                "team_id": team.id,
                "company_id": company.id,
            }
        )
        lead._assign_userless_lead_in_team(self.env._("public form"))
        return lead

    def _prepare_lead_values(self, values, contact):
        """Return values of a lead. A known contact is linked and nothing else, for what a lead
        states about its contact changes the contact.
        """
        names = ("contact_name", "partner_name", "function", "email_from", "phone", "city")
        stated = {name: values[name] for name in names if values.get(name)}
        if values.get("country_id"):
            stated["country_id"] = int(values["country_id"])
        who = next((stated[name] for name in (*names[:2], *names[3:5]) if name in stated), "")
        language = self.env["res.lang"].search([("code", "=", self.env.lang)], limit=1)
        return {
            "name": f"{self.name}: {who}",
            "user_id": False,
            "lead_form_id": self.id,
            "lang_id": language.id,
            "tag_ids": [Command.set(self.tag_ids.ids)],
            "line_ids": [
                Command.create({"product_id": int(choice), "quantity": 1})
                for choice in values.get("product_ids", [])
            ],
            **({"partner_id": contact.id} if contact else stated),
        }

    def _prepare_custom_values(self, shown, values):
        """Return the values of custom fields of a lead."""
        asked = [field for field in shown if "kind" in field]
        return self.env["crm.custom.outlet"]._to_values(
            asked, {field["name"]: values[field["name"]] for field in asked}
        )

    def _add_message(self, lead, why, email, summary):
        intro = self.env._(
            "Sent with the form “%(form)s”. Nobody has checked who the sender is.", form=self.name
        )
        lead.with_context(crm_mail_joined={lead.id: why}).message_post(
            body=Markup("<p>%s</p>%s") % (intro, summary),
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=False,
            email_from=email or False,
        )

    def _keep_robot(self, shown, values, token):
        """Keep what filled in the field that people do not see, in case it was a person."""
        mail = EmailMessage()
        mail["Subject"] = self.name
        mail["From"] = values.get("email_from") or ""
        mail["Message-Id"] = f"<{token.key}@lead-form.invalid>"
        mail.set_content(
            "\n".join(f"{field['label']}: {values.get(field['name']) or ''}" for field in shown)
        )
        parsed = {
            "subject": self.name,
            "email_from": values.get("email_from"),
            "message_id": mail["Message-Id"],
            "body": self._get_summary(shown, values, {}),
        }
        route = ("crm.lead", 0, {"team_id": self.team_id.id}, self.env.uid, None)
        self.env["crm.machine.mail"]._keep(mail, parsed, "robot", route)

    def _send_confirmation(self, email):
        template = self.env.ref("crm_suite.mail_template_lead_form", raise_if_not_found=False)
        if self.confirm_mail and template and email_normalize(email or ""):
            # Nothing that was typed is in it: it may go to somebody who has never asked for it
            template.send_mail(self.id, email_values={"email_to": email, "recipient_ids": []})

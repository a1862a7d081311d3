from odoo import api, models, tools
from odoo.exceptions import UserError

from ...lib.pack_record import Attribute, Kind

# Who may be named in a pack as those who see something. Groups of a database are not known
# elsewhere, and a group that decides about the system is no matter of a form.
GROUPS = (
    "base.group_user",
    "base.group_partner_manager",
    "sales_team.group_sale_salesman",
    "crm_suite.group_team_leader",
    "sales_team.group_sale_salesman_all_leads",
    "sales_team.group_sale_manager",
    "account.group_account_invoice",
    "account.group_account_user",
    "account.group_account_manager",
    "crm_suite.group_configurator",
)
TEXT = "translated"


class CrmCustomizationRegistry(models.AbstractModel):
    """The kinds of records that packs may hold, and what packs may say about each.

    An add-on adds its own kinds by extending `_get_kinds`. What is not listed there never leaves
    the database in a pack, and never enters it.
    """

    _name = "crm.customization.registry"
    _description = "Contents of Customization Packs"

    @api.model
    def _get_kinds(self):
        """Return what packs may hold or name, in the order in which it is imported.

        A kind comes after the kinds that its records name.

        :rtype: list[Kind]
        """
        return [
            *self._get_named_kinds(),
            *self._get_sales_kinds(),
            *self._get_form_kinds(),
        ]

    @api.model
    def _get_all_kinds(self):
        return self._get_kinds_in(self.env.lang)

    @api.model
    @tools.ormcache("lang")
    def _get_kinds_in(self, lang):
        return tuple(self._get_kinds())

    @api.model
    def _get_kinds_by_key(self):
        return {kind.key: kind for kind in self._get_all_kinds()}

    @api.model
    def _get_kind_label(self, key):
        """Return what people call the records of a kind; its key if no add-on has it any more."""
        kind = self._get_kinds_by_key().get(key)
        return kind.label if kind else key

    @api.model
    def _get_sections(self):
        """Return the headings under which kinds are shown, in their order.

        :rtype: list[tuple[str, str]]
        """
        return [("forms", self.env._("Forms")), ("sales", self.env._("Sales"))]

    @api.model
    def _get_pack_groups(self):
        """Return the external ids of the groups that a pack may name."""
        return GROUPS

    @api.model
    def _get_named_kinds(self):
        """What packs only name: it must be there, they never bring it."""
        return [
            Kind("country", "res.country", identity=("code",), is_carried=False),
            Kind("currency", "res.currency", is_carried=False),
            Kind("sales_team", "crm.team", is_carried=False),
            Kind(
                "product_category",
                "product.category",
                identity=("complete_name",),
                is_carried=False,
            ),
        ]

    @api.model
    def _get_sales_kinds(self):
        return [
            self._make_kind(
                "stage",
                "crm.stage",
                self.env._("Stages of the Pipeline"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("sequence", "integer"),
                    self._attribute("is_won", "boolean"),
                    self._attribute("fold", "boolean"),
                    self._attribute("requirements", "text"),
                    self._attribute("rotting_threshold_days", "integer"),
                    self._attribute("color", "integer"),
                    self._attribute("teams", "references", "team_ids", kinds=("sales_team",)),
                ],
            ),
            self._make_kind(
                "tag",
                "crm.tag",
                self.env._("Tags of Opportunities"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("color", "integer"),
                ],
            ),
            self._make_kind(
                "lost_reason",
                "crm.lost.reason",
                self.env._("Reasons for Losing"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("active", "boolean"),
                ],
            ),
            self._make_kind(
                "outcome",
                "crm.interaction.outcome",
                self.env._("Outcomes of Interactions"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("sequence", "integer"),
                    self._attribute("active", "boolean"),
                    self._attribute("color", "integer"),
                    self._attribute("own_company", "boolean", "company_id"),
                ],
            ),
            *self._get_qualification_kinds(),
        ]

    @api.model
    def _get_qualification_kinds(self):
        return [
            self._make_kind(
                "question",
                "crm.qualification.question",
                self.env._("Qualification Questions"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("help_text", TEXT),
                    self._attribute("sequence", "integer"),
                    self._attribute("active", "boolean"),
                    self._choice("crm.qualification.question", "topic", required=True),
                    self._choice("crm.qualification.question", "kind", required=True),
                    self._attribute("own_company", "boolean", "company_id"),
                    self._attribute(
                        "options",
                        "records",
                        "option_ids",
                        keeps=True,
                        identity=("name",),
                        attributes=(
                            self._attribute("name", TEXT, required=True),
                            self._attribute("sequence", "integer"),
                            self._attribute("active", "boolean"),
                        ),
                    ),
                ],
            ),
            self._make_kind(
                "checklist",
                "crm.qualification.checklist",
                self.env._("Qualification Check-lists"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("sequence", "integer"),
                    self._attribute("active", "boolean"),
                    self._choice("crm.qualification.checklist", "use_on", required=True),
                    self._attribute("teams", "references", "team_ids", kinds=("sales_team",)),
                    self._attribute("own_company", "boolean", "company_id"),
                    self._get_checklist_lines_attribute(),
                ],
            ),
        ]

    @api.model
    def _get_checklist_lines_attribute(self):
        return self._attribute(
            "lines",
            "records",
            "line_ids",
            identity=("question",),
            attributes=(
                self._attribute(
                    "question",
                    "reference",
                    "question_id",
                    required=True,
                    kinds=("question",),
                ),
                self._attribute("sequence", "integer"),
                self._attribute("required", "boolean"),
                self._attribute("gate_stage", "reference", "gate_stage_id", kinds=("stage",)),
                self._attribute("gate_conversion", "boolean"),
            ),
        )

    @api.model
    def _get_form_kinds(self):
        return [
            self._make_kind(
                "form_tab",
                "crm.form.tab",
                self.env._("Tabs"),
                [
                    self._attribute("model", "model", "model_id", required=True),
                    self._attribute("name", TEXT, required=True),
                    self._attribute("sequence", "integer"),
                    self._attribute("active", "boolean"),
                    self._choice("crm.form.tab", "position"),
                    self._attribute("condition", "domain", "condition_domain"),
                    self._attribute("groups", "group_names", "group_ids"),
                    self._attribute("own_company", "boolean", "company_id"),
                ],
                section="forms",
                identity=("model", "name"),
            ),
            self._make_kind(
                "custom_field",
                "crm.custom.field",
                self.env._("Custom Fields"),
                self._get_custom_field_attributes(),
                section="forms",
                identity=("model", "technical_name"),
                domain=[("state", "=", "live")],
            ),
            self._make_kind(
                "form_rule",
                "crm.form.rule",
                self.env._("Form Rules"),
                self._get_form_rule_attributes(),
                section="forms",
                identity=("model", "name"),
            ),
            self._make_kind(
                "form_default",
                "crm.form.default",
                self.env._("Default Values"),
                self._get_form_default_attributes(),
                section="forms",
                identity=("model", "field"),
            ),
        ]

    @api.model
    def _get_custom_field_attributes(self):
        return [
            self._attribute("model", "model", "model_id", required=True),
            self._attribute("technical_name", "name", required=True),
            self._attribute("name", TEXT, required=True),
            self._choice("crm.custom.field", "kind", required=True),
            self._attribute("comodel", "model", "comodel_id"),
            self._attribute("domain", "domain"),
            self._attribute("help", TEXT),
            self._attribute("sequence", "integer"),
            self._attribute("is_required", "boolean"),
            self._attribute("is_tracked", "boolean"),
            self._attribute("is_indexed", "boolean"),
            self._attribute("is_copied", "boolean"),
            self._attribute("groups", "group_names", "group_ids"),
            self._attribute(
                "options",
                "records",
                "option_ids",
                keeps=True,
                identity=("value",),
                attributes=(
                    self._attribute("value", "text", required=True),
                    self._attribute("name", TEXT, required=True),
                    self._attribute("sequence", "integer"),
                    self._attribute("color", "integer"),
                    self._attribute("active", "boolean"),
                ),
            ),
            self._attribute(
                "places",
                "records",
                "place_ids",
                identity=("outlet",),
                attributes=(
                    self._choice("crm.custom.field.place", "outlet", required=True),
                    self._choice("crm.custom.field.place", "position", required=True),
                    self._attribute("anchor", "text"),
                    self._attribute("tab", "reference", "tab_id", kinds=("form_tab",)),
                    self._attribute("sequence", "integer"),
                    self._choice("crm.custom.field.place", "column"),
                    self._attribute("is_in_dialogs", "boolean"),
                ),
            ),
        ]

    @api.model
    def _get_form_rule_attributes(self):
        rule = "crm.form.rule"
        return [
            self._attribute("model", "model", "model_id", required=True),
            self._attribute("name", TEXT),
            self._choice(rule, "kind", required=True),
            self._attribute("sequence", "integer"),
            self._attribute("active", "boolean"),
            self._attribute("fields", "names", "target_field_ids"),
            self._attribute("condition", "domain", "condition_domain"),
            self._attribute("own_company", "boolean", "company_id"),
            self._attribute("groups", "group_names", "group_ids"),
            self._choice(rule, "group_scope"),
            self._choice(rule, "apply_on"),
            self._choice(rule, "enforce"),
            self._attribute("message", TEXT),
            self._choice(rule, "limit_by"),
            self._attribute("allowed_values", "value"),
            self._attribute("allowed_domain", "domain"),
            self._choice(rule, "value_source"),
            self._attribute("value", "value"),
            self._attribute("value_days", "integer"),
            self._attribute("is_only_empty", "boolean"),
            self._choice(rule, "block_moment"),
            self._choice(rule, "warning_style"),
            self._attribute("is_noted", "boolean"),
        ]

    @api.model
    def _get_form_default_attributes(self):
        return [
            self._attribute("model", "model", "model_id", required=True),
            self._attribute("field", "name", "field_id", required=True),
            self._attribute("sequence", "integer"),
            self._attribute("active", "boolean"),
            self._choice("crm.form.default", "value_source", required=True),
            self._attribute("value", "value"),
            self._attribute("value_days", "integer"),
            self._attribute("own_company", "boolean", "company_id"),
            self._attribute("groups", "group_names", "group_ids"),
        ]

    @api.model
    def _is_foreign(self, record):
        """Return whether a record belongs to another company than the one that is worked in.

        A pack is made of one company and imported into one, also by whoever works for several.
        """
        if "company_id" not in record._fields:
            return False
        company = record.sudo().company_id  # sudo: what is asked is whether it is the own one
        return bool(company) and company != self.env.company

    @api.model
    def _check_company(self, records):
        """Refuse what belongs to another company; nothing of it is told, not even its name.

        :raise UserError:
        """
        if any(self._is_foreign(record) for record in records):
            raise UserError(
                self.env._("it belongs to another company, or names something that does.")
            )

    # ------------------------------------------------------------------ helpers

    @api.model
    def _make_kind(self, key, model, label, attributes, section="sales", addon="crm_suite", **more):
        known = self.env[model]._fields
        return Kind(
            key,
            model,
            tuple(attribute for attribute in attributes if attribute.column in known),
            label=label,
            section=section,
            addon=addon,
            identity=tuple(more.get("identity", ("name",))),
            domain=tuple(more.get("domain", ())),
        )

    @api.model
    def _attribute(self, name, type_, source="", **more):
        return Attribute(name, type_, source=source, **more)

    @api.model
    def _choice(self, model, name, source="", **more):
        """An attribute that is one of the values of a selection field."""
        field = self.env[model]._fields.get(source or name)
        choices = tuple(field.get_values(self.env)) if field else ()
        return Attribute(name, "choice", source=source, choices=choices, **more)

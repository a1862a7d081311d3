from ast import literal_eval
from collections import Counter

from lxml import etree

from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain

from ...lib import view_shaper
from ...lib.domain_compiler import DomainNotCompilable, compile_domain
from ...lib.shape_changes import BadShape, read_changes

OUTSIDE = ("portal", "print")


class CrmCustomization(models.AbstractModel):
    """What the shape mode of the web client asks for: a form as it is, as it would be, as it
    shall be.

    Every method may be called by anybody who is logged in: it checks that he is a configurator,
    that the model may be shaped, and reads no key that it does not know. What it then does, it
    does with the rights of the caller on fields, places, tabs and rules.
    """

    _name = "crm.customization"
    _inherit = ["crm.customization.draft"]
    _description = "Shape Mode of Forms"

    @api.model
    def get_shape(self, model_name, view_id=False):
        """Return what a configurator has to know of a form to shape it.

        :param model_name: a customizable model
        :param view_id: id of the form view, or False for the standard one
        :return: dict with `label`, `languages`, `kinds`, `comodels`, `currency`, `anchors`,
            `fields`, `tabs`, `outlets`, `is_enabled`
        :raise AccessError: when the caller is no configurator
        """
        model = self._check_shaping(model_name)
        self._check_view(model_name, view_id)
        Field = self.env["crm.custom.field"]
        fields_ = Field.search([("model_id", "=", model.id), ("state", "!=", "draft")])
        tabs = self.env["crm.form.tab"].search([("model_id", "=", model.id)])
        kinds = Field._fields["kind"]
        return {
            "model": {"id": model.id, "label": model._get_form_title(model_name)},
            "languages": self._get_languages(),
            "kinds": kinds._description_selection(self.env),
            "comodels": self._get_comodels(),
            "currency": [self.env.company.currency_id.id, self.env.company.currency_id.name],
            "anchors": self._get_anchors(model_name, view_id),
            "fields": [self._read_field(field) for field in fields_],
            "tabs": [
                {"id": tab.id, "name": self._get_page_name(tab), "label": tab.name} for tab in tabs
            ],
            "rules": self._count_rules(model),
            "outlets": self._get_outlets(model_name),
            "is_enabled": self.env["crm.form.rule"]._is_enabled(),
        }

    @api.model
    def preview(self, model_name, view_id, changes):
        """Return the form as the caller sees it, with what is not published yet.

        Drafts are `<widget name="crm_shape_ghost" key=...>`; nothing is stored.

        :param changes: as in `publish`
        :rtype: str
        """
        model = self._check_shaping(model_name)
        self._check_view(model_name, view_id)
        changes = self._read_changes(model, changes)
        view = self.env[model_name].get_view(view_id or None, "form")
        arch = etree.fromstring(view["arch"])
        self._draw_changes(model, arch, changes)
        return etree.tostring(arch, encoding="unicode")

    @api.model
    def publish(self, model_name, view_id, changes):
        """Make what a configurator arranged in shape mode real, all in one reload.

        :param changes: dict of lists `tabs`, `fields`, `moves`, `outlets`, see
            `lib/shape_changes`
        :return: dict `fields`: {key: technical name}
        :raise ValidationError: in words that a configurator understands; nothing is stored then
        """
        model = self._check_shaping(model_name)
        self._check_view(model_name, view_id)
        changes = self._read_changes(model, changes)
        tabs = self._create_tabs(model, changes["tabs"])
        made = self._create_fields(model, changes["fields"], tabs)
        known = self._get_known_fields(model, changes)
        self._create_rules(model, changes["fields"], made)
        for move in changes["moves"]:
            self._move_field(known[move["field_id"]], move, tabs)
        for change in changes["outlets"]:
            self._show_field(known[change["field_id"]], change["outlet"], change["shown"])
        return {"fields": {key: field.technical_name for key, field in made.items()}}

    @api.model
    def move(self, custom_field_id, place):
        """Put a custom field at another place of its form.

        :param place: dict with `anchor`, `position`, and `tab` (id of a tab) when it is inside one
        """
        field = self.env["crm.custom.field"].browse(custom_field_id).exists()
        model_name = field.model_id.model if isinstance(custom_field_id, int) else False
        model = self._check_shaping(model_name)
        place = place if isinstance(place, dict) else {}
        changes = {"moves": [{**place, "field_id": custom_field_id}]}
        changes = self._read_changes(model, changes)
        self._move_field(field, changes["moves"][0], {})
        return True

    @api.model
    def prepare_rule(self, model_name, field_name):
        """Return the context in which the dialog of a new rule for a field of a form opens."""
        model = self._check_shaping(model_name)
        if not isinstance(field_name, str) or field_name not in self.env[model_name]._fields:
            raise UserError(self.env._("This field is not on this form."))
        # sudo: a configurator may not read fields; the id of one of this form is no secret
        field = self.env["ir.model.fields"].sudo()._get(model_name, field_name)
        return {
            "default_model_id": model.id,
            "default_kind": "required",
            "default_target_field_ids": [Command.set(field.ids)],
            "default_name": field.field_description,
        }

    @api.model
    def check_condition(self, model_name, domain):
        """Return why a condition cannot be used in a rule of a form, or an empty string."""
        model = self._check_shaping(model_name)
        if not isinstance(domain, str):
            raise ValidationError(self.env._("The condition is not a list of criteria."))
        return self._get_condition_problem(model, domain)

    # ------------------------------------------------------------------
    # Who may, and what
    # ------------------------------------------------------------------

    @api.model
    def _get_shapeable(self):
        """Return the names of the models whose forms the user may shape."""
        if not self.env.user.has_group("crm_suite.group_configurator"):
            return []
        return self.env["crm.form.rule"]._get_customizable_models()

    @api.model
    def _check_shaping(self, model_name):
        """Check the caller and the model.

        :rtype: ir.model
        """
        if not self.env.su and not self.env.user.has_group("crm_suite.group_configurator"):
            raise AccessError(self.env._("Only configurators may shape forms."))
        allowed = self.env["crm.form.rule"]._get_customizable_models()
        if not isinstance(model_name, str) or model_name not in allowed:
            raise UserError(self.env._("This form cannot be customized."))
        # sudo: a configurator may not read models; the name and id of a customizable one are told
        return self.env["ir.model"].sudo()._get(model_name)

    @api.model
    def _check_view(self, model_name, view_id):
        if not view_id:
            return
        # sudo: configurators may not read views, this only compares the model of one
        view = self.env["ir.ui.view"].sudo().browse(view_id if isinstance(view_id, int) else 0)
        if not view.exists() or view.model != model_name or view.type != "form":
            raise UserError(self.env._("This is not a view of this form."))

    @api.model
    def _read_changes(self, model, changes):
        try:
            changes = read_changes(changes)
            self._check_known(model, changes)
        except BadShape as error:
            raise ValidationError(self._explain_bad_shape(error)) from error
        return changes

    @api.model
    def _check_known(self, model, changes):
        """Check that kinds, outlets, models and tabs that the changes name are there.

        :raise BadShape:
        """
        kinds = set(self.env["crm.custom.field"]._fields["kind"].get_values(self.env))
        outlets = set(self.env["crm.custom.field.place"]._fields["outlet"].get_values(self.env))
        comodels = {comodel["id"] for comodel in self._get_comodels()}
        tabs = set(self.env["crm.form.tab"].search([("model_id", "=", model.id)]).ids)
        for field in changes["fields"]:
            if field["kind"] not in kinds:
                raise BadShape("fields", "kind")
            if field["comodel_id"] and field["comodel_id"] not in comodels:
                raise BadShape("fields", "comodel_id")
            if not outlets.issuperset(field["outlets"]):
                raise BadShape("fields", "outlets")
        if not outlets.issuperset(change["outlet"] for change in changes["outlets"]):
            raise BadShape("outlets", "outlet")
        for entry in ("fields", "moves"):
            for item in changes[entry]:
                if isinstance(item["tab"], int) and item["tab"] not in tabs:
                    raise BadShape(entry, "tab")

    @api.model
    def _explain_bad_shape(self, error):
        if error.entry == "fields" and error.name == "labels":
            return self.env._("Every new field needs a label.")
        if error.entry == "options" and error.name == "labels":
            return self.env._("Every option needs a label.")
        if error.entry == "tabs" and error.name == "labels":
            return self.env._("Every new tab needs a label.")
        return self.env._(
            "These changes cannot be read (%(where)s). Open the form again.", where=error
        )

    # ------------------------------------------------------------------
    # What is there
    # ------------------------------------------------------------------

    @api.model
    def _get_languages(self):
        """Return code, name and direction of the active languages, that of the caller first."""
        languages = self.env["res.lang"].search([("active", "=", True)])
        own = self.env.lang or "en_US"
        return [
            {"code": lang.code, "name": lang.name, "direction": lang.direction}
            for lang in languages.sorted(lambda lang: (lang.code != own, lang.name))
        ]

    @api.model
    def _get_comodels(self):
        # sudo: a configurator may not read models; these are those that a field may link to
        models_ = self.env["ir.model"].sudo()
        return sorted(
            (
                {"id": model.id, "model": model.model, "label": model.name}
                for name in self.env["crm.custom.field"]._get_comodels()
                if (model := models_._get(name))
            ),
            key=lambda comodel: comodel["label"],
        )

    @api.model
    def _get_outlets(self, model_name):
        """Return what a field can be shown in beside the form, where there, and the kinds that can.

        Pages and documents for customers are there for some models only.
        """
        spots = self._get_outlet_spots()
        outlet = self.env["crm.custom.field.place"]._fields["outlet"]
        missing = {"form", *OUTSIDE}.difference(self.env[model_name]._get_custom_outlets())
        return [
            {
                "name": name,
                "label": label,
                "spot": spots.get(name, ""),
                "kinds": sorted(view_shaper.OUTLET_KINDS[name]),
            }
            for name, label in outlet._description_selection(self.env)
            if name not in missing
        ]

    @api.model
    def _get_outlet_spots(self):
        """Return in words where a new field is seen, of what the form cannot show beforehand."""
        return {
            "list": self.env._("the last column; people can hide it"),
            "search": self.env._("offered when people type in the search box"),
            "group": self.env._("the last choice of Group By"),
            "kanban": self.env._("the last line of the card, when it has a value"),
            "portal": self.env._("below the details on the page of the customer"),
            "print": self.env._("below the head of the document, when it has a value"),
        }

    @api.model
    def _get_anchors(self, model_name, view_id):
        return self.env["crm.custom.field.place"].get_anchors(model_name, view_id)

    @api.model
    def _read_field(self, field):
        return {
            "id": field.id,
            "name": field.technical_name,
            "label": field.name,
            "kind": field.kind,
            "state": field.state,
            "places": [
                {
                    "outlet": place.outlet,
                    "position": place.position,
                    "anchor": place.anchor or False,
                    "tab": place.tab_id.id,
                }
                for place in field.place_ids
            ],
        }

    @api.model
    def _count_rules(self, model):
        """Return how many rules speak of each field of a form: {name of field: number}."""
        rules = self.env["crm.form.rule"].search([("model_id", "=", model.id)])
        # sudo: configurators may not read fields; the names of those on this form are told anyway
        names = [rule.target_field_ids.mapped("name") for rule in rules.sudo()]
        return dict(Counter(name for names_ in names for name in names_))

    @api.model
    def _get_page_name(self, tab):
        return f"{view_shaper.TAB_PREFIX}{tab.id}"

    @api.model
    def _get_condition_problem(self, model, domain):
        """Return why a condition cannot be used in a rule of this form, or an empty string."""
        Rule = self.env["crm.form.rule"]
        shaped = self.env[model.model]
        types = {
            name: field.type
            for name, field in shaped._fields.items()
            if field.store and not field.groups
        }
        try:
            condition = literal_eval(domain)
            compile_domain(condition, types)
            # what compiles may still hold a value that the field does not know
            Domain(condition).validate(shaped)
        except DomainNotCompilable as refusal:
            return Rule._explain_refusal(refusal)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return self.env._("the condition cannot be read.")
        return ""

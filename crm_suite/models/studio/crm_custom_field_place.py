import logging
from collections import namedtuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...lib import view_anchors, view_shaper
from ..mixins.crm_form_title_mixin import TITLES
from .crm_custom_field_place_picker import VIEW_TYPES

_logger = logging.getLogger(__name__)

# What a place knows about its field, for whoever shows it: `field_id` is a crm.custom.field,
# `anchor` the name of a field, tab or group, `groups` a string of group references or empty.
PlaceInfo = namedtuple(
    "PlaceInfo",
    "id field_id name kind outlet position anchor column groups group_ids is_in_dialogs"
    " filename currency",
)


class CrmCustomFieldPlace(models.Model):
    """Where a custom field is shown. A field has at most one place in each outlet.

    The place in the form, the list and so on holds for all forms, lists... of the model; a field
    is injected when a view is served, see `lib/view_shaper.py`.
    """

    _name = "crm.custom.field.place"
    _inherit = ["crm.customization.mixin", "crm.custom.field.place.picker"]
    _description = "Place of a Custom Field"
    _order = "sequence, id"
    _audit_kind = "place"

    custom_field_id = fields.Many2one(
        "crm.custom.field", required=True, ondelete="cascade", index=True
    )
    model_id = fields.Many2one(
        related="custom_field_id.model_id", store=True, required=False, context=TITLES
    )
    technical_name = fields.Char(related="custom_field_id.technical_name")
    sequence = fields.Integer(default=10, help="Fields at the same spot are shown in this order.")
    outlet = fields.Selection(
        [
            ("form", "Form"),
            ("list", "List"),
            ("search", "Search"),
            ("group", "Group By"),
            ("kanban", "Card"),
            ("portal", "Customer Portal"),
            ("print", "Printed Document"),
        ],
        "Shown In",
        default="form",
        required=True,
    )
    position = fields.Selection(
        [("after", "After"), ("before", "Before"), ("inside", "Inside")],
        default="after",
        required=True,
    )
    anchor = fields.Char(
        "Field or Tab",
        help="The field beside which, or the tab or group in which, the field is shown. Empty:"
        " in the tab “More Information” of forms, at the end elsewhere.",
    )
    tab_id = fields.Many2one(
        "crm.form.tab",
        "Own Tab",
        ondelete="set null",
        index="btree_not_null",
        domain="[('model_id', '=', model_id)]",
        help="A tab that you made; it goes before the field or tab of the form.",
    )
    column = fields.Selection(
        [("show", "Shown"), ("hide", "Can be shown")],
        default="show",
        required=True,
        help="Whether people see the column of a list at once, or find it in its menu.",
    )
    is_in_dialogs = fields.Boolean(
        "Also in Short Forms",
        help="Show the field in quick creations and dialogs too, when they hold the field beside"
        " which it stands.",
    )
    health = fields.Selection(
        [
            ("ok", "Works"),
            ("anchor_missing", "Field or tab missing"),
            ("not_possible", "Not possible here"),
        ],
        default="ok",
        readonly=True,
        copy=False,
        index=True,
        help="A field whose neighbor left the form is shown in the tab “More Information”.",
    )
    last_error = fields.Char("Problem", compute="_compute_last_error")
    spot = fields.Char("Where", compute="_compute_spot", help="The place in words.")

    _outlet_uniq = models.Constraint(
        "UNIQUE(custom_field_id, outlet)",
        "A field has one place in forms, one in lists, and so on. Change the one that it has.",
    )

    @api.constrains("anchor", "tab_id", "custom_field_id", "position")
    def _check_anchor(self):
        for place in self:
            anchor = place.anchor
            if anchor and not view_anchors.NAME.fullmatch(anchor):
                raise ValidationError(
                    self.env._("“%(anchor)s” is no field or tab.", anchor=anchor[:60])
                )
            if anchor and anchor == place.custom_field_id.technical_name:
                raise ValidationError(self.env._("A field cannot be placed beside itself."))
            if place.tab_id and place.tab_id.model_id != place.model_id:
                raise ValidationError(
                    self.env._("Tab “%(tab)s” is on another form.", tab=place.tab_id.name)
                )

    @api.constrains("outlet", "custom_field_id")
    def _check_outlet(self):
        outlets = dict(self._fields["outlet"]._description_selection(self.env))
        kinds = dict(self.env["crm.custom.field"]._fields["kind"]._description_selection(self.env))
        for place in self:
            kind = place.custom_field_id.kind
            if kind not in view_shaper.OUTLET_KINDS[place.outlet]:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” cannot be shown in: %(outlet)s. That is not possible for:"
                        " %(kind)s.",
                        field=place.custom_field_id.name,
                        outlet=outlets[place.outlet],
                        kind=kinds[kind],
                    )
                )

    @api.depends("custom_field_id.name", "outlet")
    @api.depends_context("lang")
    def _compute_display_name(self):
        outlets = dict(self._fields["outlet"]._description_selection(self.env))
        for place in self:
            place.display_name = f"{place.custom_field_id.name}: {outlets.get(place.outlet, '')}"

    @api.depends("outlet", "position", "anchor", "tab_id", "custom_field_id", "model_id")
    @api.depends_context("lang")
    def _compute_spot(self):
        for place in self:
            place.spot = place._get_spot()

    @api.depends("health", "anchor", "tab_id")
    @api.depends_context("lang")
    def _compute_last_error(self):
        for place in self:
            place.last_error = place._explain_health()

    @api.onchange("outlet")
    def _onchange_outlet(self):
        # what is beside what differs from one view to the next
        if self.outlet != self._origin.outlet:
            self.position, self.anchor, self.tab_id = "after", False, False

    @api.model_create_multi
    def create(self, vals_list):
        # a new place in the form, in the list... takes the field away from where it was
        pairs = {(vals.get("custom_field_id"), vals.get("outlet", "form")) for vals in vals_list}
        former = self.search([("custom_field_id", "in", [field for field, _outlet in pairs])])
        former.filtered(lambda place: (place.custom_field_id.id, place.outlet) in pairs).unlink()
        places = super().create(vals_list)
        places._check_health()
        return places

    def write(self, vals):
        result = super().write(vals)
        if not {"outlet", "position", "anchor", "tab_id", "custom_field_id"}.isdisjoint(vals):
            self._check_health()
        return result

    def _get_spot(self):
        """Return where the field is shown, in words."""
        self.ensure_one()
        if self.outlet not in VIEW_TYPES:
            return ""
        if self.outlet != "form" and not self.anchor:
            return self.env._("At the end")
        name = self.anchor
        if self.tab_id and self.position == "inside":
            name = f"{view_shaper.TAB_PREFIX}{self.tab_id.id}"
        if not name:
            return self.env._("In the tab “More Information”")
        labels = self._get_labels(self.model_name, self.outlet, self.env.lang)
        if self.position == "inside":
            label = labels.get(("page", name)) or labels.get(("group", name)) or name
            return self.env._("In “%s”", label)
        label = labels.get(("field", name), name)
        if self.position == "before":
            return self.env._("Before “%s”", label)
        return self.env._("After “%s”", label)

    @api.model
    def _create_default_places(self, custom_fields):
        """Show fields that have no place yet where people expect them, as far as possible."""
        wanted = [("form", {}), ("list", {"column": "hide"}), ("search", {}), ("group", {})]
        return self.create(
            [
                {"custom_field_id": field.id, "outlet": outlet, **values}
                for field in custom_fields
                if not field.place_ids
                for outlet, values in wanted
                if field.kind in view_shaper.OUTLET_KINDS[outlet]
            ]
        )

    @api.model
    def _get_places(self, model_name: str, outlet: str) -> tuple:
        """Return the places of the live fields of a model in one outlet, in their order.

        :rtype: tuple[PlaceInfo]
        """
        return self._get_places_by_outlet(model_name).get(outlet, ())

    @api.model
    def _get_widget(self, place):
        """Return the widget that shows a field, or "" for the usual one of its kind."""
        return ""

    @api.model
    @tools.ormcache("model_name", cache="templates")
    def _get_places_by_outlet(self, model_name):
        live = {field.id: field for field in self.env["crm.custom.field"]._get_live(model_name)}
        # sudo: everybody's views show the fields whose places only configurators may read
        places = self.sudo().search([("custom_field_id", "in", list(live))])
        # sudo: names of groups, which become restrictions of nodes
        references = places.custom_field_id.group_ids.sudo().get_external_id()
        found = {}
        for place in places:
            field = live[place.custom_field_id.id]
            tab = place.position == "inside" and place.tab_id
            found.setdefault(place.outlet, []).append(
                PlaceInfo(
                    id=place.id,
                    field_id=field.id,
                    name=field.name,
                    kind=field.kind,
                    outlet=place.outlet,
                    position=place.position,
                    anchor=f"{view_shaper.TAB_PREFIX}{tab.id}" if tab else place.anchor or "",
                    column=place.column,
                    # a group without external id is known by its number
                    groups=",".join(
                        references.get(group) or str(group) for group in field.group_ids
                    ),
                    group_ids=tuple(field.group_ids),
                    is_in_dialogs=place.is_in_dialogs,
                    filename=field.file_name_field or "",
                    currency=field.currency_field or "",
                )
            )
        return {outlet: tuple(infos) for outlet, infos in found.items()}

    @api.model
    def _apply_to_view(self, model_name, arch, view, view_type):
        outlets = {"form": ("form",), "list": ("list",), "kanban": ("kanban",)}
        outlets["search"] = ("search", "group")
        for outlet in outlets.get(arch.tag, ()):
            if places := self._get_places(model_name, outlet):
                self._place(model_name, arch, outlet, self._prepare_shapes(model_name, places))

    @api.model
    def _prepare_shapes(self, model_name, places):
        """Return what `lib/view_shaper.py` is told about the places of one outlet."""
        # sudo: labels, whoever may read the fields
        labels = (
            self.env[model_name].sudo().fields_get([place.name for place in places], ["string"])
        )
        return [
            view_shaper.Place(
                name=place.name,
                kind=place.kind,
                position=place.position,
                anchor=place.anchor,
                label=labels[place.name]["string"],
                groups=place.groups,
                column=place.column,
                is_in_dialogs=place.is_in_dialogs,
                filename=place.filename,
                currency=place.currency,
                widget=self._get_widget(place),
            )
            for place in places
            if place.name in labels and place.kind in view_shaper.OUTLET_KINDS[place.outlet]
        ]

    @api.model
    def _place(self, model_name, arch, outlet, shapes):
        """Put the fields of one outlet into a view; return the names of those without anchor."""
        condition = self.env[model_name]._get_custom_field_condition(outlet)
        if outlet == "form":
            # who may not see a tab does not find its fields elsewhere
            tabs = self.env["crm.form.tab"]
            closed = {
                f"{view_shaper.TAB_PREFIX}{tab.id}"
                for tab in tabs._get_compiled_tabs(model_name, self.env.lang)
            } - {f"{view_shaper.TAB_PREFIX}{tab.id}" for tab in tabs._get_tabs(model_name)}
            shapes = [shape for shape in shapes if shape.anchor not in closed]
            more = self.env._("More Information")
            return view_shaper.place_in_form(arch, shapes, more, condition)
        if outlet == "list":
            view_shaper.place_in_list(arch, shapes, condition)
        elif outlet == "search":
            view_shaper.place_in_search(arch, shapes)
        elif outlet == "group":
            view_shaper.place_in_groupings(arch, shapes)
        elif outlet == "kanban":
            view_shaper.place_in_card(arch, shapes, condition)
        return []

    def _get_audit_owner(self):
        return self.custom_field_id

    def _explain_health(self):
        """Return in words why this place does not do what it should, or False."""
        if self.health == "anchor_missing" and self.outlet != "form":
            return self.env._("“%(anchor)s” is no field or tab.", anchor=self.anchor)
        if self.health == "anchor_missing":
            return self.env._(
                "“%(anchor)s” is not in the form any more. The field is in the tab “More"
                " Information” until it gets another place.",
                anchor=self.tab_id.name or self.anchor,
            )
        if self.health == "not_possible":
            return self.env._("A field of this kind cannot be shown there.")
        return False

    def _check_health(self):
        """Store for each place whether its anchor is where it should be."""
        # views are complete, and shaped, only then
        if not self.env.registry.ready or not self._is_enabled():
            return
        states = {}
        for model_name, places in self.grouped("model_name").items():
            states |= places._get_health(model_name)
        for health, places in self.grouped(lambda place: states.get(place.id, "ok")).items():
            changed = places.filtered(lambda place: place.health != health)  # noqa: B023
            if changed:
                changed.write({"health": health})

    def _get_health(self, model_name):
        """Return the health of places of one model by id, judged by its default form."""
        states = {
            place.id: "not_possible"
            for place in self
            if place.custom_field_id.kind not in view_shaper.OUTLET_KINDS[place.outlet]
        }
        anchored = self.filtered(
            lambda place: (
                place.outlet == "form"
                and (place.anchor or (place.tab_id and place.position == "inside"))
            )
        )
        if model_name not in self._get_customizable_models():
            return states
        states |= self._get_health_beside_columns(model_name)
        if not anchored:
            return states
        arch = self._get_arch(model_name)
        known = {(each.kind, each.name) for each in view_anchors.find_anchors(arch)}
        for place in anchored:
            if place.position == "inside":
                known_here = {("page", place.anchor), ("group", place.anchor)}
                works = place.tab_id.active if place.tab_id else bool(known & known_here)
            else:
                works = ("field", place.anchor) in known
            if not works:
                states[place.id] = "anchor_missing"
        return states

    def _get_health_beside_columns(self, model_name):
        """Return the health of places in lists, cards and searches whose neighbor is gone."""
        states = {}
        anchored = self.filtered(lambda place: place.anchor and place.outlet != "form")
        for outlet, places in anchored.grouped("outlet").items():
            if outlet in VIEW_TYPES:
                arch = self._get_arch(model_name, outlet)
                known = {node.get("name") for node in arch.iter("field")}
                gone = places.filtered(lambda place: place.anchor not in known)  # noqa: B023
                states |= dict.fromkeys(gone.ids, "anchor_missing")
        return states

    @api.model
    def _cron_check_health(self):
        """Look for places whose anchor left the form, as after an upgrade of another app."""
        self.search([("custom_field_id.state", "=", "live")])._check_health()

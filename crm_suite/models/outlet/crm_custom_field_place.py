from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

OUTSIDE = ("portal", "print")
# See static/src/studio/custom_selection
SELECTION_WIDGET = "crm_custom_selection"


class CrmCustomFieldPlace(models.Model):
    """Places on pages and documents that customers see."""

    _inherit = "crm.custom.field.place"

    portal_use = fields.Selection(
        [
            ("both", "Asked and shown"),
            ("ask", "Asked only"),
            ("show", "Shown only"),
        ],
        "On the Portal",
        default="both",
        required=True,
        help="Whether customers are asked for the value when they open a ticket, and whether they"
        " see it on their pages.",
    )

    can_be_asked = fields.Boolean(compute="_compute_can_be_asked")

    @api.depends("model_id")
    def _compute_can_be_asked(self):
        for place in self:
            known = place.model_name in self._get_customizable_models()
            outlets = self.env[place.model_name]._get_custom_outlets() if known else ()
            place.can_be_asked = "ask" in outlets

    @api.model
    def _apply_to_view(self, model_name, arch, view, view_type):
        super()._apply_to_view(model_name, arch, view, view_type)
        if view_type == "search":
            return
        looks = self._get_selection_looks(model_name)
        for node in arch.iter("field") if looks else ():
            # a widget that the view asks for knows better
            if node.get("name") in looks and not node.get("widget"):
                node.set("widget", SELECTION_WIDGET)
                node.set("options", looks[node.get("name")])

    @api.model
    @tools.ormcache("model_name", cache="templates")
    def _get_selection_looks(self, model_name):
        """Return the options of the widget of selections with colors, by technical name."""
        looks = {}
        for field in self.env["crm.custom.field"]._get_live(model_name):
            colors = {option.value: option.color for option in field.options if option.color}
            retired = [option.value for option in field.options if not option.active]
            if colors or retired:
                looks[field.name] = repr({"colors": colors, "retired": retired})
        return looks

    @api.constrains("outlet", "custom_field_id")
    def _check_outside(self):
        for place in self.filtered(lambda place: place.outlet in OUTSIDE):
            field = place.custom_field_id
            if place.outlet not in self.env[field.model_name]._get_custom_outlets():
                raise ValidationError(
                    self.env._(
                        "“%(field)s”: %(form)s is not shown in this place: %(outlet)s.",
                        field=field.name,
                        form=self.env["ir.model"]._get_form_title(field.model_name),
                        outlet=dict(self._fields["outlet"]._description_selection(self.env))[
                            place.outlet
                        ],
                    )
                )
            if field.group_ids:
                raise ValidationError(
                    self.env._(
                        "“%s” is visible to some user groups only, so customers cannot see it.",
                        field.name,
                    )
                )

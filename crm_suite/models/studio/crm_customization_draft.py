from lxml import etree

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ...lib import view_shaper

GHOST = "x_cs_ghost_"


class CrmCustomizationDraft(models.AbstractModel):
    """What somebody arranged in shape mode and did not publish yet: drawn into a form, and made.

    The changes are those of `lib/shape_changes`; who may make them was checked before.
    """

    _name = "crm.customization.draft"
    _description = "Draft of a Form"

    # ------------------------------------------------------------------
    # What would be
    # ------------------------------------------------------------------

    @api.model
    def _draw_changes(self, model, arch, changes):
        """Change a view of the caller as the changes would, with the engine that serves views."""
        self._draw_tabs(model, arch, changes["tabs"])
        known = self._get_known_fields(model, changes)
        for change in changes["outlets"]:
            if change["outlet"] == "form" and not change["shown"]:
                self._erase(arch, known[change["field_id"]].technical_name)
        places = []
        for move in changes["moves"]:
            field = known[move["field_id"]]
            self._erase(arch, field.technical_name)
            places.append(self._prepare_shape(field.technical_name, field.kind, move))
        for field in changes["fields"]:
            places.append(self._prepare_shape(f"{GHOST}{field['key']}", field["kind"], field))
        view_shaper.place_in_form(arch, places, self.env._("More Information"))
        kinds = {field["key"]: field["kind"] for field in changes["fields"]}
        for node in list(arch.iter("field")):
            if node.get("name").startswith(GHOST):
                self._draw_ghost(node, kinds)

    @api.model
    def _draw_tabs(self, model, arch, drafts):
        """Add the tabs that are drafts, and those that are served to nobody: they hold nothing."""
        tabs = self.env["crm.form.tab"].search([("model_id", "=", model.id)])
        pages = {self._get_page_name(tab): tab.name for tab in tabs}
        pages.update((draft["key"], self._pick_text(draft["labels"])) for draft in drafts)
        shown = {node.get("name") for node in arch.iter("page")}
        missing = {name: label for name, label in pages.items() if name not in shown}
        notebook = self.env["crm.form.tab"]._get_notebook(arch) if missing else None
        if notebook is not None:
            for name, label in missing.items():
                etree.SubElement(notebook, "page", name=name, string=label)

    @api.model
    def _prepare_shape(self, name, kind, place):
        anchor = place["anchor"] or ""
        if place["tab"]:
            is_draft = isinstance(place["tab"], str)
            anchor = place["tab"] if is_draft else f"{view_shaper.TAB_PREFIX}{place['tab']}"
        return view_shaper.Place(name, kind, place["position"], anchor)

    @api.model
    def _erase(self, arch, name):
        """Take a field out of a form, but not out of the lists in it."""
        for node in list(arch.iter("field", "label")):
            is_it = (node.get("name") if node.tag == "field" else node.get("for")) == name
            if is_it and next(node.iterancestors("field"), None) is None:
                node.getparent().remove(node)

    @api.model
    def _draw_ghost(self, node, kinds):
        """Turn the node of a field that does not exist into widgets that look like it."""
        key = node.get("name").removeprefix(GHOST)
        hidden = {"invisible": node.get("invisible")} if node.get("invisible") else {}
        ghost = etree.Element("widget", name="crm_shape_ghost", key=key, kind=kinds[key], **hidden)
        # how the real field would be drawn
        for source, target in (("widget", "look"), ("options", "look_options")):
            if node.get(source):
                ghost.set(target, node.get(source))
        if node.getparent().tag == "group":
            box = etree.Element("div", {"class": "o_td_label", **hidden})
            etree.SubElement(box, "widget", name="crm_shape_ghost_label", key=key)
            node.addprevious(box)
        node.addprevious(ghost)
        node.getparent().remove(node)

    # ------------------------------------------------------------------
    # What shall be
    # ------------------------------------------------------------------

    @api.model
    def _get_known_fields(self, model, changes):
        """Return the custom fields that the changes speak of, by id.

        :raise UserError: when one is of another form, or is not live
        """
        ids = {change["field_id"] for change in changes["moves"] + changes["outlets"]}
        domain = [("id", "in", list(ids)), ("model_id", "=", model.id), ("state", "=", "live")]
        fields_ = self.env["crm.custom.field"].search(domain)
        if ids - set(fields_.ids):
            raise UserError(
                self.env._("One of these fields is not on this form any more. Open it again.")
            )
        return {field.id: field for field in fields_}

    @api.model
    def _pick_text(self, texts):
        """Return the text for the caller, or one in whatever language there is."""
        own = texts.get(self.env.lang or "en_US") or texts.get("en_US")
        return own or next(iter(texts.values()), "")

    @api.model
    def _check_languages(self, *texts_list):
        active = {code for code, _name in self.env["res.lang"].get_installed()}
        if any(texts.keys() - active for texts in texts_list):
            raise ValidationError(self.env._("One of these languages is not in use."))

    def _translate(self, record, name, texts):
        """Write a text of a record in each language in which somebody gave it."""
        if texts:
            record.update_field_translations(name, texts)

    @api.model
    def _create_tabs(self, model, drafts):
        """Return the tabs that were made, by key."""
        self._check_languages(*(draft["labels"] for draft in drafts))
        tabs = (
            self.env["crm.form.tab"]
            .with_context(lang="en_US")
            .create(
                [
                    {"model_id": model.id, "name": self._pick_base_text(draft["labels"])}
                    for draft in drafts
                ]
            )
        )
        for tab, draft in zip(tabs, drafts, strict=True):
            self._translate(tab, "name", draft["labels"])
        return {draft["key"]: tab for tab, draft in zip(tabs, drafts, strict=True)}

    @api.model
    def _pick_base_text(self, texts):
        """Return what is read in languages without a text of their own, and gives names."""
        return texts.get("en_US") or self._pick_text(texts)

    @api.model
    def _create_fields(self, model, drafts, tabs):
        """Make fields live, all in one reload of the registry; return them by key."""
        if not drafts:
            return {}
        self._check_languages(*(draft["labels"] for draft in drafts))
        self._check_languages(*(draft["help"] for draft in drafts))
        for draft in drafts:
            self._check_languages(*(option["labels"] for option in draft["options"]))
        # texts without a language of their own are those of English, as everywhere in Odoo
        Field = self.env["crm.custom.field"].with_context(lang="en_US")
        fields_ = Field.create([self._prepare_field(model, draft, tabs) for draft in drafts])
        for field, draft in zip(fields_, drafts, strict=True):
            self._translate(field, "name", draft["labels"])
            self._translate(field, "help", draft["help"])
            # a field of another kind has none, whatever was typed before its kind changed
            for option, texts in zip(field.option_ids, draft["options"], strict=False):
                self._translate(option, "name", texts["labels"])
        fields_ = fields_.with_env(self.env)
        fields_.action_publish()
        return {draft["key"]: field for field, draft in zip(fields_, drafts, strict=True)}

    @api.model
    def _prepare_field(self, model, draft, tabs):
        is_relational = draft["kind"] in ("many2one", "many2many")
        places = [self._prepare_place("form", draft, tabs)]
        places += [
            self._prepare_place(outlet, None, tabs)
            for outlet in draft["outlets"]
            if outlet != "form"
        ]
        return {
            "model_id": model.id,
            "name": self._pick_base_text(draft["labels"]),
            "help": self._pick_base_text(draft["help"]) or False,
            "kind": draft["kind"],
            "option_ids": [
                Command.create(
                    {
                        "name": self._pick_base_text(option["labels"]),
                        "color": option["color"],
                        "sequence": index,
                    }
                )
                for index, option in enumerate(draft["options"])
                if draft["kind"] == "selection"
            ],
            "comodel_id": draft["comodel_id"] if is_relational else False,
            "domain": (draft["domain"] if is_relational else "") or "[]",
            "is_required": draft["required"] == "always",
            "is_tracked": draft["is_tracked"],
            "is_indexed": draft["is_indexed"],
            "is_copied": draft["is_copied"],
            "group_ids": [Command.set(draft["group_ids"])],
            "place_ids": [Command.create(values) for values in places],
        }

    @api.model
    def _prepare_place(self, outlet, place, tabs):
        values = {"outlet": outlet}
        if place:
            tab = place["tab"]
            values |= {
                "anchor": place["anchor"] or False,
                "position": place["position"],
                "tab_id": tabs[tab].id if isinstance(tab, str) else tab or False,
            }
        return values

    @api.model
    def _create_rules(self, model, drafts, made):
        """Make the rules of fields that are required under a condition."""
        conditional = [draft for draft in drafts if draft["required"] == "when"]
        for draft in conditional:
            field = made[draft["key"]]
            if problem := self._get_condition_problem(model, draft["condition"]):
                raise ValidationError(problem)
            # without a name it is called what it says, with its condition, in every language
            self.env["crm.form.rule"].create(
                {
                    "model_id": model.id,
                    "kind": "required",
                    "target_field_ids": [Command.set(field.field_id.ids)],
                    "condition_domain": draft["condition"],
                    "group_ids": [Command.set(field.group_ids.ids)],
                }
            )

    def _move_field(self, field, place, tabs):
        """Give a custom field one place in the form: this one."""
        values = self._prepare_place("form", place, tabs)
        places = field.place_ids.filtered(lambda place: place.outlet == "form")
        if places:
            places[0].write(values)
            places[1:].unlink()
        else:
            field.write({"place_ids": [Command.create(values)]})

    def _show_field(self, field, outlet, shown):
        places = field.place_ids.filtered(lambda place: place.outlet == outlet)
        if shown and not places:
            field.write({"place_ids": [Command.create({"outlet": outlet})]})
        elif not shown:
            places.unlink()

import logging
from ast import literal_eval
from collections import namedtuple

from lxml import etree

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib.domain_compiler import DomainNotCompilable, compile_domain
from .crm_custom_field_definition import MAX_LABEL, check_length, check_translations

_logger = logging.getLogger(__name__)

PAGE_PREFIX = "x_cs_tab_"
ALWAYS = ("1", "True", "true")
LONGEST_CONDITION = 100_000
MAX_TABS = 50
CONTENT_TAGS = frozenset(["button", "field", "widget"])

CompiledTab = namedtuple("CompiledTab", "id name expression group_ids company_id position")


class CrmFormTab(models.Model):
    """A tab that a configurator adds to the forms of a model; it holds custom fields.

    It is a page named `x_cs_tab_<id>` in the first notebook of each real form (one with a sheet);
    a form without notebook gets one. A tab that holds nothing for the reader is not shown.
    """

    _name = "crm.form.tab"
    _inherit = ["crm.customization.mixin"]
    _description = "Form Tab"
    _order = "model_id, sequence, id"
    _audit_kind = "tab"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    position = fields.Selection(
        [("last", "After the other tabs"), ("first", "Before the other tabs")],
        default="last",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company",
        ondelete="cascade",
        index="btree_not_null",
        help="The tab is shown on records of this company, and on those of no company while this"
        " company is chosen. Empty: all companies.",
    )
    condition_domain = fields.Char(
        "Shown When",
        default="[]",
        required=True,
        help="The tab is shown on the records that match. Without a condition it is always shown.",
    )
    group_ids = fields.Many2many(
        "res.groups",
        "crm_form_tab_group_rel",
        "tab_id",
        "group_id",
        "Visible To",
        # without its last group the tab would be everybody's
        ondelete="restrict",
        help="Who sees the tab. Empty: everybody. Fields that must not be read need groups of"
        " their own.",
    )
    place_ids = fields.One2many("crm.custom.field.place", "tab_id", "Fields")
    field_count = fields.Integer("Number of Fields", compute="_compute_field_count")
    health = fields.Selection(
        [("ok", "Works"), ("bad_condition", "Condition invalid")],
        compute="_compute_health",
        search="_search_health",
        help="A tab that cannot work is not shown; it never blocks a form.",
    )
    last_error = fields.Char("Problem", compute="_compute_health")

    @api.constrains("name")
    def _check_name(self):
        for tab in self:
            check_length(self.env, tab.name, MAX_LABEL)
            if not tab.name.strip():
                raise ValidationError(self.env._("A tab needs a label."))

    @api.constrains("model_id")
    def _check_room(self):
        """Archived tabs count, too: each of them can be back at any time."""
        # sudo: tabs of other companies take room, too; only their number is told
        tabs = self.sudo().with_context(active_test=False)
        counts = tabs._read_group(
            [("model_id", "in", self.model_id.ids)], ["model_id"], ["__count"]
        )
        for model, count in counts:
            if count > MAX_TABS:
                raise ValidationError(
                    self.env._(
                        "“%(form)s” has room for %(limit)s tabs. Change or delete one of them.",
                        form=model._get_form_title(model.model),
                        limit=MAX_TABS,
                    )
                )

    @api.constrains("model_id", "condition_domain")
    def _check_works(self):
        for tab in self:
            if tab.health != "ok":
                raise ValidationError(
                    self.env._("Tab “%(tab)s”: %(problem)s", tab=tab.name, problem=tab.last_error)
                )

    @api.constrains("company_id")
    def _check_company_id(self):
        self._check_own_company()

    @api.constrains("model_id", "place_ids")
    def _check_places(self):
        for tab in self:
            if tab.place_ids.model_id - tab.model_id:
                raise ValidationError(
                    self.env._(
                        "Tab “%(tab)s” holds fields of another form.",
                        tab=tab.name,
                    )
                )

    @api.depends("place_ids")
    def _compute_field_count(self):
        for tab in self:
            tab.field_count = len(tab.place_ids.custom_field_id)

    @api.depends("model_id", "condition_domain")
    @api.depends_context("lang")
    def _compute_health(self):
        for tab in self:
            tab.health, tab.last_error = "ok", False
            try:
                tab._compile()
            except ValidationError as error:
                tab.health, tab.last_error = "bad_condition", error.args[0]

    def _search_health(self, operator, value):
        if operator != "in":
            return NotImplemented
        tabs = self.search([("active", "in", [True, False])])
        return [("id", "in", tabs.filtered(lambda tab: tab.health in value).ids)]

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        translations = check_translations(self.env, translations, MAX_LABEL)
        return super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )

    def copy_data(self, default=None):
        return [
            dict(values, name=self.env._("%s (copy)", tab.name))
            for tab, values in zip(self, super().copy_data(default), strict=True)
        ]

    @api.onchange("model_id")
    def _onchange_model_id(self):
        if self.model_id != self._origin.model_id:
            self.condition_domain = "[]"

    @api.model
    def _get_tabs(self, model_name):
        """Return the working tabs of a model that the current user may see.

        :rtype: list[CompiledTab]
        """
        if not self.env.registry.ready:
            return []
        tabs = self._get_compiled_tabs(model_name, self.env.lang)
        if not tabs:
            return []
        # sudo: which groups somebody has decides what is shown to him
        group_ids = set(self.env.user.sudo()._get_group_ids())
        company_ids = set(self.env.companies.ids)
        return [
            tab
            for tab in tabs
            if (not tab.group_ids or not group_ids.isdisjoint(tab.group_ids))
            and (not tab.company_id or tab.company_id in company_ids)
        ]

    @api.model
    @tools.ormcache("model_name", "lang", cache="templates")
    def _get_compiled_tabs(self, model_name, lang):
        # sudo: everybody's forms have the tabs that only configurators may read
        tabs = self.sudo().with_context(lang=lang).search([("model_id.model", "=", model_name)])
        compiled = []
        for tab in tabs:
            try:
                compiled.append(tab._compile())
            except Exception as error:  # noqa: BLE001 no tab breaks a form
                _logger.warning("Form tab %s (%s) is skipped: %s", tab.id, tab.name, error)
        return tuple(compiled)

    def _compile(self):
        """Return this tab ready for use.

        :rtype: CompiledTab
        :raise ValidationError: with the reason why it cannot work
        """
        self.ensure_one()
        model = self.env.get(self.model_name)
        if model is None:
            raise ValidationError(self.env._("the form no longer exists."))
        types = {
            name: field.type
            for name, field in model._fields.items()
            if field.store and not field.groups
        }
        condition = self._parse_condition()
        try:
            expression = compile_domain(condition, types)
            Domain(condition).validate(model)
        except DomainNotCompilable as refusal:
            raise ValidationError(self.env["crm.form.rule"]._explain_refusal(refusal)) from refusal
        except Exception as error:
            raise ValidationError(
                self.env._("the condition cannot be used: %(error)s", error=error)
            ) from error
        if self.company_id and "company_id" in types:
            company = f"(not company_id or company_id == {self.company_id.id})"
            expression = company if expression == "True" else f"({expression}) and {company}"
        return CompiledTab(
            id=self.id,
            name=self.name,
            expression=expression,
            group_ids=tuple(self.group_ids.ids),
            company_id=self.company_id.id,
            position=self.position,
        )

    def _parse_condition(self):
        if len(self.condition_domain or "") > LONGEST_CONDITION:
            raise ValidationError(self.env._("the condition is too long."))
        try:
            condition = literal_eval(self.condition_domain or "[]")
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise ValidationError(
                self.env._("the condition cannot be read: %(error)s", error=error)
            ) from error
        if not isinstance(condition, (list, tuple)):
            raise ValidationError(self.env._("the condition is not a list of criteria."))
        return list(condition)

    @api.model
    def _get_view_key(self, model_name, view_type):
        if view_type != "form":
            return ()
        return tuple(tab.id for tab in self._get_tabs(model_name))

    @api.model
    def _apply_to_view(self, model_name, arch, view, view_type):
        if arch.tag != "form":
            return
        tabs = self._get_tabs(model_name)
        notebook = self._get_notebook(arch) if tabs else None
        if notebook is None:
            return
        firsts = 0
        for tab in tabs:
            page = etree.Element("page", name=f"{PAGE_PREFIX}{tab.id}", string=tab.name)
            if tab.expression != "True":
                page.set("invisible", f"not ({tab.expression})")
            if tab.position == "first":
                notebook.insert(firsts, page)
                firsts += 1
            else:
                notebook.append(page)

    @api.model
    def _get_notebook(self, arch):
        """Return the notebook of a form that shows tabs; made when there is none.

        Dialogs for a quick entry have no sheet, and get no tabs.
        """
        notebooks = [
            node
            for node in arch.iter("notebook")
            if next(node.iterancestors("field"), None) is None
            and not any(each.get("invisible") in ALWAYS for each in (node, *node.iterancestors()))
        ]
        if notebooks:
            return notebooks[0]
        sheet = next(arch.iterchildren("sheet"), None)
        if sheet is None:
            return None
        return etree.SubElement(sheet, "notebook", name=f"{PAGE_PREFIX}notebook")

    @api.model
    def _finish_view(self, model_name, arch, view, view_type):
        """Take out the tabs that hold nothing for the reader, and hide those whose fields are."""
        if arch.tag != "form":
            return
        for page in list(arch.iter("page")):
            if not (page.get("name") or "").startswith(PAGE_PREFIX):
                continue
            contents = [node for node in page.iter(*CONTENT_TAGS)]
            notebook = page.getparent()
            if contents:
                self._hide_with_contents(page, contents)
            else:
                notebook.remove(page)
            if not len(notebook) and notebook.get("name") == f"{PAGE_PREFIX}notebook":
                notebook.getparent().remove(notebook)

    @api.model
    def _hide_with_contents(self, page, contents):
        """Make a page invisible while each of its fields is."""
        outer = [node for node in contents if next(node.iterancestors("field"), None) is None]
        hidden = [node.get("invisible") for node in outer]
        if not hidden or not all(hidden):
            return
        expression = " and ".join(f"({each})" for each in hidden)
        own = page.get("invisible")
        page.set("invisible", f"({own}) or ({expression})" if own else expression)

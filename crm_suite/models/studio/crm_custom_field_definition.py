from ast import literal_eval

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ...lib.slug import clashes, is_technical_name
from .crm_custom_field_column import UNTRACKED
from .crm_custom_field_value import RELATIONAL

# numbers and checkboxes always have a value
NOT_REQUIRED = frozenset(["boolean", "float", "integer", "monetary"])
# What a field may link to, beside what can be customized itself. Nothing that decides who may do
# what, and nothing that holds secrets.
COMODELS = (
    "account.payment.term",
    "calendar.event",
    "crm.interaction.outcome",
    "crm.lost.reason",
    "crm.stage",
    "crm.tag",
    "crm.team",
    "crm.territory",
    "product.category",
    "product.pricelist",
    "product.product",
    "product.template",
    "res.company",
    "res.country",
    "res.country.group",
    "res.country.state",
    "res.currency",
    "res.lang",
    "res.partner.category",
    "res.partner.industry",
    "uom.uom",
    "utm.campaign",
    "utm.medium",
    "utm.source",
)
MAX_LABEL = 100
MAX_HELP = 1000
TEXT_LIMITS = {"name": MAX_LABEL, "help": MAX_HELP}
MAX_DOMAIN = 2000
MAX_OPTIONS = 500


def check_text(env, vals):
    """Refuse what PostgreSQL cannot store; it would say so in words of its own."""
    if any(isinstance(value, str) and "\0" in value for value in vals.values()):
        raise ValidationError(env._("This text has characters that cannot be stored."))


def check_length(env, text, limit):
    """Refuse a text of one line that is too long for the screens that show it."""
    if len(text) > limit or any(ord(char) < 32 for char in text):
        raise ValidationError(
            env._(
                "“%(text)s” has line breaks, or more than %(limit)s letters.",
                text=text[:30],
                limit=limit,
            )
        )


def check_translations(env, translations, limit, is_needed=True):
    """Return translations of a text of one line as they may be stored.

    :param is_needed: whether there is none without a text: where it is empty, the English one is
        read
    """
    for text in translations.values():
        check_length(env, text or "", limit)
    if not is_needed:
        return translations
    return {lang: text if (text or "").strip() else False for lang, text in translations.items()}


class CrmCustomFieldDefinition(models.AbstractModel):
    """What a configurator may say a custom field is; everything else is refused."""

    _name = "crm.custom.field.definition"
    _description = "Definition of a Custom Field"

    @api.constrains("name", "help", "model_id")
    def _check_name(self):
        for field in self:
            check_length(self.env, field.name, MAX_LABEL)
            check_length(self.env, field.help or "", MAX_HELP)
            if not field.name.strip():
                raise ValidationError(self.env._("A field needs a label."))
            field._check_label_is_free()

    def _check_label_is_free(self):
        # the label in English: it is the one by which Odoo tells the fields of a model apart
        label = self.with_context(lang=None).name.strip()
        own = {self.technical_name, self._get_file_name_field() if self.technical_name else ""}
        for model_name in self.pool.descendants([self.model_name], "_inherit", "_inherits"):
            for name, other in self.env[model_name]._fields.items():
                if other.string == label and name not in own:
                    raise ValidationError(
                        self.env._("There is a field “%(label)s” already.", label=label)
                    )
        twins = self.with_context(lang=None).search(
            [("model_id", "=", self.model_id.id), ("name", "=", label), ("id", "!=", self.id)]
        )
        if twins:
            raise ValidationError(
                self.env._("There is a custom field “%(label)s” already.", label=label)
            )

    def _get_restrictions(self):
        """Return the groups of fields that have a column and that not everybody may read."""
        return {field: field.group_ids for field in self if field.field_id and field.group_ids}

    def _check_restrictions(self, former):
        """Refuse to open values to more people, by somebody who may not read them himself.

        :param former: what `_get_restrictions` returned before the groups were changed
        """
        user = self.env.user
        if self.env.uid == SUPERUSER_ID or user.has_group("base.group_system"):
            return
        for field, groups in former.items():
            # whoever is in a group that implies a former one could read the field before
            is_wider = not field.group_ids or any(
                not group.all_implied_ids & groups for group in field.group_ids
            )
            if is_wider and not user.all_group_ids & groups:
                raise AccessError(
                    self.env._(
                        "“%(field)s” is for %(groups)s only. Somebody of them, or an"
                        " administrator, has to show it to more people.",
                        field=field.name,
                        groups=", ".join(groups.mapped("display_name")),
                    )
                )

    @api.constrains("technical_name", "model_id")
    def _check_technical_name(self):
        for field in self.filtered("technical_name"):
            if not is_technical_name(field.technical_name):
                raise ValidationError(
                    self.env._(
                        "“%s” is no technical name: x_cs_, then small letters, digits and _.",
                        field.technical_name,
                    )
                )
            if clashes(field.technical_name, field._get_taken_names()):
                raise ValidationError(
                    self.env._(
                        "The technical name “%s” is taken, or is too similar to a taken one.",
                        field.technical_name,
                    )
                )

    @api.constrains("kind", "comodel_id", "domain")
    def _check_link(self):
        allowed = set(self._get_comodels())
        for field in self.filtered(lambda field: field.kind in RELATIONAL):
            if field.comodel_id.model not in allowed:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” cannot link to “%(model)s”.",
                        field=field.name,
                        model=field.comodel_id.name or self.env._("nothing"),
                    )
                )
            field._check_domain()

    def _check_domain(self):
        """Accept criteria of constants on fields that everybody may read."""
        error = ValidationError(
            self.env._("The filter of “%(field)s” cannot be used.", field=self.name)
        )
        text = self.domain or "[]"
        if len(text) > MAX_DOMAIN:
            raise error
        try:
            criteria = literal_eval(text)
            if not isinstance(criteria, list):
                raise error
            domain = Domain(criteria)
            for condition in domain.iter_conditions():
                self._check_path(condition.field_expr)
                if isinstance(condition.value, Domain):
                    raise error
            # sudo: what is asked is whether the criteria can be read at all, not what they find
            domain.validate(self.env[self.comodel_id.model].sudo())
        except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
            raise error from None

    def _check_path(self, path):
        model = self.env[self.comodel_id.model]
        for name in path.split("."):
            field = model._fields[name]
            if field.groups or not field._description_searchable:
                raise ValueError(path)
            model = self.env[field.comodel_name] if field.relational else None

    @api.constrains("kind", "is_required", "is_tracked")
    def _check_behavior(self):
        for field in self:
            if field.is_required and field.kind in NOT_REQUIRED:
                raise ValidationError(
                    self.env._("“%s” always has a value and cannot be required.", field.name)
                )
            if field.is_tracked and (field.kind in UNTRACKED or not field.model_id.is_mail_thread):
                raise ValidationError(self.env._("Changes of “%s” cannot be logged.", field.name))

    @api.constrains("kind", "option_ids")
    def _check_options(self):
        for field in self.filtered(lambda field: field.kind == "selection"):
            options = field._get_all_options()
            if len(options) > MAX_OPTIONS:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” has %(count)s options; more than %(limit)s cannot be chosen"
                        " from. Link to records instead.",
                        field=field.name,
                        count=len(options),
                        limit=MAX_OPTIONS,
                    )
                )
            labels = [option.name.strip().casefold() for option in options if option.active]
            if len(labels) != len(set(labels)):
                raise ValidationError(
                    self.env._("Two options of “%s” have the same label.", field.name)
                )
            if field.state == "live" and not labels:
                raise ValidationError(self.env._("“%s” needs an option.", field.name))

    @api.model
    def _get_comodels(self):
        """Return the names of the models that a custom field may link to."""
        names = {*COMODELS, *self._get_customizable_models()}
        return sorted(name for name in names if name in self.env)

from psycopg2.errors import QueryCanceled

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.filter_limits import MAX_CONDITIONS, MAX_DEPTH, MAX_PATH, find_excess, is_too_long
from ...lib.filter_text import parse_conditions
from .filter_guard import DATABASE_ERRORS, FILTER_ERRORS, limit_statements

# How long the database may look at a filter while somebody saves it
PROBE_SECONDS = 10


class CrmFilterMixin(models.AbstractModel):
    """A rule with a filter in its field `domain`: a literal, never code; of limited size; on fields
    that whoever saves it may read; which the database can evaluate in time.
    """

    _name = "crm.filter.mixin"
    _description = "Rule with a Filter"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_characters(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_characters(vals)
        return super().write(vals)

    def _check_characters(self, vals):
        """Refuse a filter that the database could not even store, or that nobody has typed."""
        text = str(vals.get("domain") or "")
        if text != clean(text):
            raise ValidationError(
                self.env._("The filter holds characters that are no text. Type it again.")
            )
        if is_too_long(text):
            raise ValidationError(
                self.env._("The filter is too long. Put tags on the records and filter by these.")
            )

    def _parse_domain(self):
        """Return the filter as a domain.

        :raise ValidationError: when it is no list of conditions, or a monstrous one
        """
        self.ensure_one()
        self._check_characters({"domain": self.domain})
        try:
            conditions = parse_conditions(self.domain)
            excess = find_excess(conditions)
            if not excess:
                return Domain(conditions)
        except (ValueError, TypeError, RecursionError) as error:
            raise ValidationError(
                self.env._("the filter cannot be read: %(error)s", error=clean(error))
            ) from error
        raise ValidationError(self._describe_excess(excess))

    def _describe_excess(self, excess):
        return {
            "conditions": self.env._(
                "the filter has more than %(limit)s conditions. Divide it into several rules.",
                limit=MAX_CONDITIONS,
            ),
            "depth": self.env._(
                "the filter has conditions within conditions, more than %(limit)s deep. Make it"
                " simpler.",
                limit=MAX_DEPTH,
            ),
            "path": self.env._(
                "the filter goes from record to record more than %(limit)s times in one condition."
                " Make it simpler.",
                limit=MAX_PATH,
            ),
        }[excess]

    def _find_problem(self, make_domain, model, lang=None):
        """Return why a filter cannot work, in words, or False.

        It is compiled with the rights of whoever asks, and shown to the database.

        :param make_domain: function that returns the domain
        :param str model: name of the model that is filtered
        """
        # constraints are checked as superuser; here the rights of who saves matter
        records = self.env[model].sudo(self.env.user._is_superuser())
        records = records.with_context(lang=lang or self.env.lang)
        try:
            with limit_statements(self.env.cr, PROBE_SECONDS, clear=False):
                domain = make_domain()
                self.env["crm.segment.filter.mixin"]._check_fields(domain, records)
                probe = records._search(domain).select()
                self.env.execute_query(SQL("SELECT 1 FROM (%s) AS probe LIMIT 1", probe))
        except AccessError as error:
            return self.env._(
                "you may not read what the filter looks at: %(error)s", error=clean(error)
            )
        except (QueryCanceled, *FILTER_ERRORS, *DATABASE_ERRORS) as error:
            return self._describe_failure(error)
        return False

    def _describe_failure(self, error):
        """Return in words what `FILTER_ERRORS`, `DATABASE_ERRORS` or the limit of time say."""
        if isinstance(error, QueryCanceled):
            return self.env._("the filter takes the database too long. Make it simpler.")
        if isinstance(error, DATABASE_ERRORS):
            return clean(error.diag.message_primary or error)
        return clean(error)


def clean(error):
    """Return what an error says, without characters that no text can hold."""
    return str(error).encode("utf-8", "replace").decode().replace("\0", "")

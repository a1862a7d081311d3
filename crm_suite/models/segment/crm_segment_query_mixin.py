from collections.abc import Iterable
from contextlib import contextmanager

from psycopg2.errors import QueryCanceled

from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.segment_order import find_circle
from ..mixins.filter_guard import DATABASE_ERRORS, FILTER_ERRORS, limit_statements

# System parameters: how many seconds one statement may take
EVALUATION_TIMEOUT = "crm_suite.segment_timeout"
PREVIEW_TIMEOUT = "crm_suite.segment_preview_timeout"
TIMEOUTS = {EVALUATION_TIMEOUT: 30.0, PREVIEW_TIMEOUT: 5.0}
LONGEST_TIMEOUT = 3600.0
# of how many others a segment may be made
MAX_INNER = 50
PREVIEWED_FIELDS = {
    "company_id",
    "domain",
    "exclude_ids",
    "include_ids",
    "include_mode",
    "kind",
    "partner_ids",
    "rfm_cell_ids",
    "value_tier_ids",
}
SAMPLE_SIZE = 10
# Any ten, the same ones each time
SAMPLE = """
    WITH found AS MATERIALIZED (%s)
    SELECT (SELECT COUNT(*) FROM found),
           ARRAY(SELECT id FROM found ORDER BY hashint4(id), id LIMIT %s)
"""


class CrmSegmentQueryMixin(models.AbstractModel):
    """Whom a segment means: from its definition to a query on contacts.

    The definition is hostile input. It is a literal, never code; it is limited in size; the query
    is made with the rights of the owner and the companies of the segment; and whatever the
    database does with it, it does for so many seconds at most.
    """

    _name = "crm.segment.query.mixin"
    _description = "Query of a Segment"
    _inherit = ["crm.segment.filter.mixin"]

    def _get_contact_domain(self, companies):
        """Domain of the contacts that belong into the segment now."""
        self.ensure_one()
        if self.kind == "fixed":
            domain = self._get_fixed_domain()
        elif self.kind == "rfm":
            domain = self._get_rfm_domain(companies)
        else:
            domain = self._parse_domain()
        domain &= self._get_composition_domain(companies)
        if self.company_id:
            domain &= Domain("company_id", "in", [self.company_id.id, False])
        return domain & Domain("active", "=", True)

    def _get_fixed_domain(self):
        if not self.id:
            return Domain("id", "in", self._get_linked_ids("partner_ids"))
        # whoever starts the evaluation need not see all contacts that are on the list
        return Domain("id", "in", SQL("(%s)", self._select_linked("partner_ids")))

    def _get_rfm_domain(self, companies):
        """Customers whose figures, in one of the companies, are in a chosen cell and tier.

        The owner's rights decide whose figures count.
        """
        rows = Domain("company_id", "in", companies.ids)
        chosen = False
        for name, column in (("rfm_cell_ids", "rfm_cell"), ("value_tier_ids", "value_tier")):
            # sudo: these are labels which everybody may read
            values = self.sudo()[name].mapped("value")
            if values:
                chosen = True
                rows &= Domain(column, "in", values)
        if not chosen:
            raise ValidationError(
                self.env._(
                    "Choose at least one RFM cell or value tier for the segment “%(segment)s”.",
                    segment=self.name or self.env._("New"),
                )
            )
        return Domain("metric_ids", "any", rows)

    # ------------------------------------------------------------------
    # Segments of segments
    # ------------------------------------------------------------------

    def _get_composition_domain(self, companies):
        """Who is a member of the segments within this one, and not of those left out.

        Their members as they stand are used: who evaluates, evaluates the inner ones first.
        """
        included = self._get_linked_ids("include_ids")
        excluded = self._get_linked_ids("exclude_ids")
        if not included and not excluded:
            return Domain.TRUE
        self._check_inner({*included, *excluded}, companies)
        domain = Domain.TRUE
        if included and self.include_mode == "all":
            domain &= Domain.AND(self._get_members_domain([id_]) for id_ in included)
        elif included:
            domain &= self._get_members_domain(included)
        if excluded:
            domain &= ~self._get_members_domain(excluded)
        return domain

    def _get_members_domain(self, segment_ids):
        # Only contacts that the owner may see are left of these in the end
        self.env["crm.segment.member"].flush_model()
        return Domain(
            "id",
            "in",
            SQL(
                "(SELECT partner_id FROM crm_segment_member"
                " WHERE segment_id IN %s AND left_at IS NULL)",
                tuple(segment_ids),
            ),
        )

    def _check_inner(self, inner_ids, companies):
        """Refuse segments that the owner may not read, or whose members are not kept any more."""
        if len(inner_ids) > MAX_INNER:
            raise ValidationError(
                self.env._(
                    "The segment “%(segment)s” is made of more than %(limit)s others.",
                    segment=self.name,
                    limit=MAX_INNER,
                )
            )
        inner = (
            self.env["crm.segment"]
            .with_user(self.user_id)
            .with_context(allowed_company_ids=companies.ids)
            .browse(sorted(inner_ids))
        )
        if len(inner._filtered_access("read")) < len(inner):
            raise UserError(
                self.env._(
                    "%(owner)s, the owner of the segment “%(segment)s”, may not read all of the "
                    "segments that it is made of. Choose others, or another company.",
                    owner=self.user_id.name,
                    segment=self.name or self.env._("New"),
                )
            )
        for segment in inner:
            if not segment.active:
                raise UserError(
                    self.env._(
                        "The segment “%(inner)s” within “%(segment)s” is archived: nobody enters "
                        "or leaves it any more. Restore it, or take it out.",
                        inner=segment.name,
                        segment=self.name or self.env._("New"),
                    )
                )
            if not segment.evaluated_at:
                raise UserError(
                    self.env._(
                        "The segment “%(inner)s” within “%(segment)s” has no members yet, as it "
                        "could not be evaluated. Solve its problem first.",
                        inner=segment.name,
                        segment=self.name or self.env._("New"),
                    )
                )

    def _get_linked_ids(self, name):
        """The ids of a many2many, also of records that the user may not read."""
        self.ensure_one()
        if not self.id:
            return self.sudo().with_context(active_test=False)[name]._origin.ids
        return [id_ for (id_,) in self.env.execute_query(self._select_linked(name))]

    def _select_linked(self, name):
        field = self._fields[name]
        self.flush_recordset([name])
        return SQL(
            "SELECT %s FROM %s WHERE %s = %s",
            SQL.identifier(field.column2),
            SQL.identifier(field.relation),
            SQL.identifier(field.column1),
            self.id,
        )

    def _get_inner_ids(self):
        """The segments that this one is made of, or that its filter names."""
        self.ensure_one()
        inner = {*self._get_linked_ids("include_ids"), *self._get_linked_ids("exclude_ids")}
        if self.kind == "domain":
            try:
                conditions = self._parse_domain().iter_conditions()
            except ValidationError:
                return inner
            for condition in conditions:
                if condition.field_expr == "segment_ids":
                    value = condition.value
                    several = isinstance(value, Iterable) and not isinstance(value, str | SQL)
                    values = value if several else [value]
                    inner |= {id_ for id_ in values if type(id_) is int and id_ > 0}
        return inner

    def _check_circles(self):
        # sudo: a circle may go through segments that the user does not see
        browse = self.sudo().with_context(active_test=False).browse
        for segment in self:
            circle = find_circle(
                segment.id, lambda id_: browse(browse(id_)._get_inner_ids())._lock_inner()
            )
            if circle:
                raise ValidationError(
                    self.env._(
                        "A segment cannot be made of itself: %(circle)s.",
                        circle=" → ".join(browse(circle).mapped("name")),
                    )
                )

    def _lock_inner(self):
        """Return the ids of those that exist; nobody else changes them until this is committed.

        Two people who put two segments into each other at once would not see one another: here
        the second is refused by the database, and tried again.
        """
        if not self:
            return []
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL("SELECT id FROM crm_segment WHERE id IN %s ORDER BY id FOR SHARE", self._ids)
        )
        return [id_ for (id_,) in rows]

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    def _get_companies(self):
        """The companies whose contacts may be members."""
        return self.company_id or self.user_id.company_ids

    def _get_contact_query(self):
        """Query on res.partner of whom the owner's rights let into the segment.

        :raise UserError: with what is wrong with the segment, and how to mend it
        """
        self.ensure_one()
        owner = self.user_id
        if not owner.active or not owner._is_internal():
            raise UserError(
                self.env._(
                    "The owner %(owner)s of the segment “%(segment)s” is no active employee any "
                    "more. Choose another owner.",
                    owner=owner.name,
                    segment=self.name,
                )
            )
        companies = self._get_companies()
        # nothing of the context of whoever starts the evaluation decides who is a member
        context = {
            "active_test": True,
            "allowed_company_ids": companies.ids,
            "lang": owner.lang,
            "tz": owner.tz,
        }
        contacts = self.env["res.partner"].with_user(owner)
        contacts = contacts.with_context(context)  # pylint: disable=context-overridden
        domain = self._get_contact_domain(companies)
        try:
            if self.kind == "domain":
                self._check_fields(self._parse_domain(), contacts)
            # the optimiser only logs what it cannot search; here it must be an error
            return contacts._search(domain)
        except AccessError as error:
            raise UserError(
                self.env._(
                    "%(owner)s, the owner of the segment “%(segment)s”, may not read what the "
                    "filter looks at: %(reason)s",
                    owner=owner.name,
                    segment=self.name,
                    reason=error,
                )
            ) from error
        except FILTER_ERRORS as error:
            raise self._make_filter_error(error) from error

    def _make_filter_error(self, error):
        return UserError(
            self.env._(
                "The filter of the segment “%(segment)s” does not work: %(reason)s",
                segment=self.name or self.env._("New"),
                # the reason quotes the filter, which may hold what cannot be stored
                reason=str(error).strip().encode("utf-8", "replace").decode().replace("\0", ""),
            )
        )

    def _check_definition(self):
        """Refuse a definition that cannot be evaluated.

        :raise ValidationError: with what is wrong
        """
        self._check_circles()
        for segment in self:
            try:
                with segment._limit_time(EVALUATION_TIMEOUT):
                    segment._probe(segment._get_contact_query())
            except UserError as error:
                raise ValidationError(str(error)) from error

    def _probe(self, query):
        """Let the database look at one row: it refuses values that do not fit their field."""
        self.env.execute_query(SQL("SELECT 1 FROM (%s) AS probe LIMIT 1", query.select()))

    @contextmanager
    def _limit_time(self, parameter):
        """Whatever the database does meanwhile, each statement is stopped after some time.

        What fails is undone, and the limit of before holds again.

        :param parameter: system parameter with the limit in seconds
        :raise UserError: when a statement took too long, or the database refused a value
        """
        seconds = self._get_timeout(parameter)
        try:
            with limit_statements(self.env.cr, seconds):
                yield
        except QueryCanceled as error:
            raise UserError(
                self.env._(
                    "The segment “%(segment)s” takes longer than %(seconds)s seconds, so its "
                    "evaluation was stopped. Make its filter simpler, for example without "
                    "“contains”.",
                    segment=self.name or self.env._("New"),
                    seconds=f"{seconds:g}",
                )
            ) from error
        except DATABASE_ERRORS as error:
            raise self._make_filter_error(error.diag.message_primary or error) from error
        except ValueError as error:
            # a character that no text in the database can hold
            raise self._make_filter_error(error) from error

    def _get_timeout(self, parameter):
        # sudo: the limit is no secret
        value = self.env["ir.config_parameter"].sudo().get_param(parameter)
        try:
            seconds = float(value)
        except (TypeError, ValueError):
            seconds = 0.0
        return min(seconds, LONGEST_TIMEOUT) if seconds > 0 else TIMEOUTS[parameter]

    # ------------------------------------------------------------------
    # Preview
    # ------------------------------------------------------------------

    def get_preview(self, values):
        """Whom a definition would let in, before it is saved: nothing is written.

        The rights are those of whoever looks: he becomes the owner when he saves.

        :param dict values: what was changed of the definition, as for `write`
        :return: dict of ``count``, ``sample`` (dicts of id, name, email, city) and ``error``, a
            text or False
        """
        self.check_access("read")
        if self:
            self.ensure_one()
        if not isinstance(values, dict):
            raise UserError(self.env._("A preview needs the definition of a segment."))
        try:
            with self._limit_time(PREVIEW_TIMEOUT):
                segment = self._prepare_preview(values)
                query = segment._get_contact_query().select()
                [[count, ids]] = self.env.execute_query(SQL(SAMPLE, query, SAMPLE_SIZE))
        except UserError as error:
            return {"count": 0, "sample": [], "error": str(error)}
        contacts = self.env["res.partner"].with_context(
            allowed_company_ids=segment._get_companies().ids
        )
        rows = contacts.sudo(False).browse(ids).read(["display_name", "email", "city"])
        sample = [
            {
                "id": row["id"],
                "name": row["display_name"],
                "email": row["email"],
                "city": row["city"],
            }
            for row in rows
        ]
        return {"count": count, "sample": sample, "error": False}

    @api.model
    def _prepare_preview(self, values):
        """A segment in memory, of whoever looks."""
        values = {name: value for name, value in values.items() if name in PREVIEWED_FIELDS}
        try:
            self._check_characters(values)
            if not self:
                # as the form does, which need not send what it did not change
                values = {**self.default_get(list(PREVIEWED_FIELDS)), **values}
            values["name"] = self.name or self.env._("New")
            return self.new({**values, "user_id": self.env.uid}, origin=self)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise self._make_filter_error(error) from error

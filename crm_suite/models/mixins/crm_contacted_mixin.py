from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CrmContactedMixin(models.AbstractModel):
    """When we were last in touch with whom a record stands for.

    A model says in `_get_contact_queries` what counts as a contact, and in `_contact_key` which of
    its fields tells whose contacts these are. Nothing is stored, so that nothing can be wrong and a
    meeting counts as soon as it has begun; a list reads one query for all of its rows, and is
    filtered and sorted in the database.
    """

    _name = "crm.contacted.mixin"
    _description = "Record with a Last Contact"

    _contact_key = "id"

    last_contact_at = fields.Datetime(
        "Last Contact",
        compute="_compute_last_contact_at",
        search="_search_last_contact_at",
        groups="sales_team.group_sale_salesman",
        help="The last call, visit, meeting, letter, chat or e-mail that you may see. What is only "
        "planned does not count.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_contact_at(self):
        key = self._contact_key
        keys = {record: record.id if key == "id" else record[key].id for record in self._origin}
        last = {}
        if ids := [key_id for key_id in keys.values() if key_id]:
            last = dict(
                self.env.execute_query(self._get_last_contacts(keys=tuple(sorted(set(ids)))))
            )
        for record in self:
            record.last_contact_at = last.get(keys.get(record._origin), False)

    @api.model
    def _search_last_contact_at(self, operator, value):
        if operator in (">", ">="):
            return self._get_contacted_domain(operator, value)
        if operator in ("<", "<="):
            later = ">=" if operator == "<" else ">"
            return self._get_contacted_domain() & ~self._get_contacted_domain(later, value)
        if operator != "in":
            return NotImplemented
        domain = Domain.FALSE
        for date in value:
            if date:
                domain |= self._get_contacted_domain(">=", date) & ~self._get_contacted_domain(
                    ">", date
                )
            else:
                domain |= ~self._get_contacted_domain()
        return domain

    @api.model
    def _get_contacted_domain(self, operator=None, date=None):
        """Records with a contact at all, or with one after a date."""
        since = (SQL(operator), date) if operator else None
        queries = self._get_contact_queries(since=since)
        return Domain(
            self._contact_key,
            "in",
            SQL(
                "(SELECT contact.key FROM (%s) contact(key, at) WHERE contact.key IS NOT NULL)",
                SQL(" UNION ALL ").join(queries),
            ),
        )

    @api.model
    def _get_last_contacts(self, keys=None):
        """Query of (key, last contact)."""
        return SQL(
            "SELECT contact.key, MAX(contact.at) FROM (%s) contact(key, at) GROUP BY contact.key",
            SQL(" UNION ALL ").join(self._get_contact_queries(keys=keys)),
        )

    @api.model
    def _get_contact_queries(self, keys=None, since=None):
        """Queries of the contacts that the user may see, as (key, instant): none from the future.

        :param tuple keys: only contacts with these
        :param since: (SQL of a comparison, instant): only contacts of that time
        :rtype: list[SQL]
        """
        return []

    @api.model
    def _get_interaction_contacts(self, key, keys=None, since=None):
        """The interactions among the contacts.

        :param str key: field of `crm.interaction`
        """
        Interaction = self.env["crm.interaction"]
        domain = Domain("date", "<=", fields.Datetime.now())
        domain &= Domain(key, "in", keys) if keys else Domain(key, "!=", False)
        query = Interaction._search(domain)
        at = Interaction._field_to_sql(query.table, "date", query)
        if since:
            query.add_where(SQL("%s %s %s", at, *since))
        return query.select(Interaction._field_to_sql(query.table, key, query), at)

    @api.model
    def _get_message_contacts(self, key, keys, since, condition):
        """The e-mails and messages among the contacts.

        :param SQL key: column of `entry`, which is the index of the messages of customers
        :param SQL condition: on `entry`: which of them the user may see
        """
        self.env["crm.timeline.message"].flush_model()
        return SQL(
            "SELECT %s, entry.date FROM crm_timeline_message entry"
            " WHERE entry.date <= %s AND %s AND %s AND %s",
            key,
            fields.Datetime.now(),
            SQL("%s IN %s", key, keys) if keys else SQL("%s IS NOT NULL", key),
            SQL("entry.date %s %s", *since) if since else SQL("TRUE"),
            condition,
        )

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name != "last_contact_at":
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        self._check_field_access(self._fields[field_name], "read")
        last = query.make_alias(alias, field_name)
        if last not in query._joins:
            query.add_join(
                "LEFT JOIN",
                last,
                SQL("(SELECT * FROM (%s) last_contacts(key, at))", self._get_last_contacts()),
                SQL(
                    "%s = %s",
                    self._field_to_sql(alias, self._contact_key, query),
                    SQL.identifier(last, "key"),
                ),
            )
        return SQL("%s %s %s", SQL.identifier(last, "at"), direction, nulls)

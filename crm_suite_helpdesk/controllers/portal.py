"""The list of a customer's tickets, and the page of one."""

from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import groupby as group_by

from odoo.addons.crm_suite.lib.search_text import SearchWords
from odoo.addons.crm_suite.models.timeline import sql
from odoo.addons.portal.controllers.portal import CustomerPortal, pager
from odoo.addons.portal.utils import get_portal_partner

from ..lib.upload import ACCEPT, MAX_FILE_MB, MAX_FILES, read_files
from ..models.portal.crm_ticket import MAX_MESSAGE

MAX_SUBJECT = 255
MAX_DESCRIPTION = MAX_MESSAGE


class HelpdeskPortal(CustomerPortal):
    """The tickets of a customer: those he opened, those he takes part in, and those of his
    organisation where he may see them.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "ticket_count" in counters:
            Ticket = request.env["crm.ticket"]
            values["ticket_count"] = Ticket.search_count([]) if Ticket.has_access("read") else 0
        return values

    # ------------------------------------------------------------------ list

    @route(
        ["/my/tickets", "/my/tickets/page/<int(max=1000000):page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_my_tickets(
        self,
        page=1,
        sortby=None,
        filterby=None,
        groupby=None,
        search="",
        search_in=None,
        scope=None,
        **kw,
    ):
        Ticket = request.env["crm.ticket"]
        if not Ticket.has_access("read"):
            return request.redirect("/my")
        choices = self._get_ticket_choices()
        chosen = {
            name: value if value in choices[name] else next(iter(choices[name]))
            for name, value in (
                ("sortby", sortby),
                ("filterby", filterby),
                ("groupby", groupby),
                ("search_in", search_in),
                ("scope", scope),
            )
        }
        search = search.replace("\x00", "").strip()[:MAX_SUBJECT]
        values = self._prepare_ticket_list(choices, chosen, search, page)
        return self._make_private(request.render("crm_suite_helpdesk.portal_my_tickets", values))

    def _prepare_ticket_list(self, choices, chosen, search, page):
        """What one page of the list shows.

        :param choices: see `_get_ticket_choices`
        :param chosen: {name of a choice: key of what was chosen}
        :param search: what was typed
        """
        Ticket = request.env["crm.ticket"]
        domain = (
            choices["filterby"][chosen["filterby"]]["domain"]
            & choices["scope"][chosen["scope"]]["domain"]
            & self._get_ticket_search_domain(search, chosen["search_in"])
        )
        page_values = pager(
            url="/my/tickets",
            url_args={**chosen, "search": search},
            total=Ticket.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        group = choices["groupby"][chosen["groupby"]]
        order = choices["sortby"][chosen["sortby"]]["order"]
        tickets = Ticket.search(
            domain,
            order=f"{group['order']}, {order}" if group["order"] else order,
            limit=self._items_per_page,
            offset=page_values["offset"],
        )
        request.session["my_tickets_history"] = tickets.ids[:100]
        # sudo: the names of stages, customers and agents, of tickets that the reader may read
        shown = tickets.sudo()
        field = group["field"]
        groups = group_by(shown, lambda t: t[field]) if field else [(None, shown)]
        return {
            **self._prepare_portal_layout_values(),
            "tickets": shown,
            "groups": [(self._name_group(field, key), list(rows)) for key, rows in groups],
            "promises": tickets._get_portal_promises(),
            "page_name": "ticket",
            "default_url": "/my/tickets",
            "pager": page_values,
            "searchbar_sortings": choices["sortby"],
            "searchbar_filters": choices["filterby"],
            "searchbar_groupby": choices["groupby"],
            "searchbar_inputs": choices["search_in"],
            "scopes": choices["scope"],
            "search": search,
            **chosen,
        }

    def _get_ticket_choices(self):
        """What the list can be searched, filtered, grouped and sorted by; the first one holds."""
        env = request.env
        partner = request.env.user.partner_id
        is_open = Domain("closed_at", "=", False)
        mine = Domain("partner_id", "=", partner.id)
        choices = {
            "sortby": {
                "newest": {"label": env._("Newest"), "order": "opened_at desc, id desc"},
                "oldest": {"label": env._("Oldest"), "order": "opened_at, id"},
                "updated": {"label": env._("Last update"), "order": "write_date desc, id desc"},
                "name": {"label": env._("Subject"), "order": "name, id"},
                "priority": {"label": env._("Priority"), "order": "priority desc, id desc"},
            },
            "filterby": {
                "open": {"label": env._("Open"), "domain": is_open},
                "waiting": {
                    "label": env._("Waiting for you"),
                    "domain": Domain("stage_type", "=", "waiting_customer"),
                },
                "closed": {"label": env._("Closed"), "domain": ~is_open},
                "all": {"label": env._("All"), "domain": Domain.TRUE},
            },
            "groupby": {
                "none": {"label": env._("None"), "field": None, "order": ""},
                "status": {"label": env._("Status"), "field": "stage_id", "order": "stage_id"},
                "priority": {
                    "label": env._("Priority"),
                    "field": "priority",
                    "order": "priority desc",
                },
                "team": {"label": env._("Team"), "field": "team_id", "order": "team_id"},
            },
            "search_in": {
                "all": {"input": "all", "label": env._("Search in Tickets")},
                "name": {"input": "name", "label": env._("Search in Subject")},
                "number": {"input": "number", "label": env._("Search in Number")},
            },
            "scope": {"all": {"label": env._("All I may see"), "domain": Domain.TRUE}},
        }
        if partner._sees_organisation():
            choices["scope"] = {
                "organisation": {"label": env._("My organisation"), "domain": Domain.TRUE},
                "own": {"label": env._("Asked by me"), "domain": mine},
            }
            choices["groupby"]["customer"] = {
                "label": env._("Asked by"),
                "field": "partner_id",
                "order": "partner_id",
            }
            choices["search_in"]["customer"] = {
                "input": "customer",
                "label": env._("Search in Asked by"),
            }
        return choices

    def _name_group(self, field, key):
        if not field:
            return None
        if field == "priority":
            return dict(
                request.env["crm.ticket"]._fields[field]._description_selection(request.env)
            )[key]
        if field == "stage_id":
            return key._get_portal_name()
        return key.name or request.env._("None")

    def _get_ticket_search_domain(self, search, search_in):
        """Words in any order and spelling, as the search of the customer's history finds them."""
        words = SearchWords.parse(search)
        if not words:
            return Domain("name", "ilike", search) if search else Domain.TRUE

        def find(model, alias, query):
            texts = {
                name: sql.in_raw_text(model._field_to_sql(alias, name, query))
                for name in ("name", "number")
            }
            if search_in == "customer" or (search_in == "all" and is_organisation):
                # sudo: names of those who asked what the reader may read
                partner = model._field_to_sql(alias, "partner_id", query)
                texts["customer"] = sql.in_record(partner, request.env["res.partner"].sudo())
            return sql.find_words(
                words, [texts[search_in]] if search_in in texts else texts.values()
            )

        is_organisation = request.env.user.partner_id._sees_organisation()
        return Domain.custom(to_sql=find)

    # ------------------------------------------------------------------ one ticket

    @route(
        "/my/tickets/<int(max=2147483647):ticket_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        link = self._read_link(access_token, kw.get("pid"), kw.get("hash"))
        kw.update(pid=link["pid"] or None, hash=link["hash"])
        ticket_sudo = self._find_ticket(ticket_id, link)
        if not ticket_sudo:
            return request.redirect(self._find_former_link(ticket_id, link) or "/my")
        actor = self._get_actor(ticket_sudo, link)
        if ticket_sudo.merged_into_id:
            ticket = ticket_sudo.with_user(request.env.user)
            if survivor := ticket._get_survivor_link(actor):
                return request.redirect(survivor)
        values = self._get_page_view_values(
            ticket_sudo,
            link["access_token"],
            {
                "page_name": "ticket",
                "ticket": ticket_sudo,
                **self._prepare_ticket_page(ticket_sudo, actor),
            },
            "my_tickets_history",
            False,
            **{name: kw[name] for name in ("pid", "hash")},
        )
        return self._make_private(request.render("crm_suite_helpdesk.portal_my_ticket", values))

    def _prepare_ticket_page(self, ticket, actor):
        """What the page shows besides the ticket, for whoever reads it.

        :param ticket: as superuser
        :param actor: the contact in whose name the reader acts; empty for those who only read
        """
        may_decide = bool(actor) and ticket._may_decide_for_customer(actor)
        is_over = bool(ticket.closed_at) and not ticket.merged_into_id
        user = request.env.user
        is_agent = user._is_internal() and ticket.with_user(user).has_access("read")
        can_write = bool(actor) or is_agent
        is_kept = not ticket.merged_into_id and not user._is_public() and bool(actor)
        return {
            "attachments": ticket._get_opening_attachments(),
            "custom_rows": ticket._get_custom_rows("portal"),
            "category": ticket.category_id & ticket.team_id[:1]._get_portal_categories()
            if ticket.category_id and ticket.team_id
            else ticket.category_id.browse(),
            "promise": ticket._get_portal_promises().get(ticket.id, {}),
            "related": ticket._get_portal_relations(user),
            "is_past_reopening": is_over and ticket._is_past_reopening(),
            # A closed ticket is opened again by its own form, which says what will happen
            "can_reopen": bool(actor) and is_over,
            "can_close": may_decide and ticket._may_be_closed_by_customer(),
            # A link with nothing but the token may have been passed on: it shows, it does not write
            "disable_composer": not can_write or is_over,
            "actor": actor,
            "participants": ticket._get_participants() if can_write else actor,
            "can_take_part": is_kept
            and ticket._is_colleague(actor)
            and actor not in ticket.message_partner_ids | ticket.partner_id,
            "can_manage_participants": is_kept and may_decide and not ticket.closed_at,
            "colleagues": ticket._get_colleagues() if is_kept and may_decide else actor.browse(),
            "notice": request.session.pop("crm_ticket_notice", None),
            "file_types": ACCEPT,
            "file_hint": self._get_file_hint(),
        }

    # ------------------------------------------------------------------ who reads and writes

    def _read_link(self, access_token=None, pid=None, hash=None):
        """What a link says, without what cannot come from a link of ours."""
        plain = [
            text if isinstance(text, str) and text.isascii() else ""
            for text in (access_token, hash)
        ]
        return {
            "access_token": plain[0],
            "hash": plain[1],
            "pid": request.env["crm.ticket"]._parse_pid(pid),
        }

    def _find_ticket(self, ticket_id, link):
        """The ticket, as superuser, if the visitor may read it; else none, as if it were not."""
        try:
            return self._document_check_access("crm.ticket", ticket_id, link["access_token"])
        except (AccessError, MissingError):
            return request.env["crm.ticket"]

    def _get_actor(self, ticket, link):
        """The contact in whose name the visitor acts on a ticket that he may read.

        :param ticket: as superuser
        :return: superuser's contact; empty for agents, and for a link that names nobody
        """
        user = request.env.user
        partner = user.partner_id.sudo()  # his own
        if user._is_public():
            pid = str(link["pid"] or "")
            return get_portal_partner(ticket, link["hash"] if pid else None, pid, None)
        if user._is_internal() and partner != ticket.partner_id:
            return partner.browse()
        return partner if ticket.with_user(user).has_access("read") else partner.browse()

    def _find_former_link(self, ticket_id, link):
        """Where a link leads that named the customer before his ticket was merged."""
        # sudo: whether it is such a link is found out here
        ticket = request.env["crm.ticket"].sudo().browse(ticket_id).exists()
        if not ticket or not ticket._is_former_link(link["pid"], link["hash"]):
            return None
        goes_on = ticket._get_conversation()
        if goes_on.partner_id != ticket.partner_id:
            goes_on = ticket
        return goes_on._get_share_url(pid=ticket.partner_id.id)

    def _make_private(self, response):
        """The address may hold a token, the page holds what only the reader may know."""
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    # ------------------------------------------------------------------ texts and files

    def _get_file_hint(self):
        return request.env._(
            "Up to %(count)s files of %(size)s MB each: pictures, documents, archives.",
            count=MAX_FILES,
            size=MAX_FILE_MB,
        )

    def _clean_text(self, value):
        """What was typed; a file part may carry any name: it is no text."""
        return value.replace("\x00", "").strip() if isinstance(value, str) else ""

    def _get_files(self):
        return [f for f in request.httprequest.files.getlist("attachments") if f.filename]

    def _check_new_ticket(self, subject, description):
        """:return: what is wrong with the texts, in words for the customer"""
        errors = []
        if not subject:
            errors.append(request.env._("Please give your request a subject."))
        elif len(subject) > MAX_SUBJECT:
            errors.append(request.env._("The subject may have %s characters at most.", MAX_SUBJECT))
        if not description:
            errors.append(request.env._("Please describe what you need."))
        elif len(description) > MAX_DESCRIPTION:
            errors.append(
                request.env._("The description may have %s characters at most.", MAX_DESCRIPTION)
            )
        return errors

    def _read_files(self, files, errors):
        """The uploaded files as (name, content); what is refused is added to `errors`."""
        attachments, refused = read_files(files)
        errors += request.env["crm.ticket"]._describe_refusals(refused)
        return attachments

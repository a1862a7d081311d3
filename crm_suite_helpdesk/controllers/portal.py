from pathlib import PurePath

from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import plaintext2html

from odoo.addons.portal.controllers.portal import CustomerPortal, pager
from odoo.addons.portal.utils import get_portal_partner

MAX_FILES = 5
MAX_FILE_MB = 10
MAX_SUBJECT = 255
MAX_DESCRIPTION = 50_000
# What a customer may show us. Nothing that runs when somebody opens it.
FILE_TYPES = (
    *("png", "jpg", "jpeg", "gif", "webp", "heic", "pdf", "txt", "log", "csv", "zip"),
    *("doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "ppt", "pptx", "odp", "eml"),
)


class HelpdeskPortal(CustomerPortal):
    """The tickets of a customer: those he opened, and those he follows."""

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
    def portal_my_tickets(self, page=1, sortby=None, filterby=None, search="", **kw):
        Ticket = request.env["crm.ticket"]
        if not Ticket.has_access("read"):
            return request.redirect("/my")
        sortings, filters = self._get_ticket_sortings(), self._get_ticket_filters()
        sortby = sortby if sortby in sortings else "newest"
        filterby = filterby if filterby in filters else "open"
        search = search.replace("\x00", "").strip()[:MAX_SUBJECT]
        domain = filters[filterby]["domain"] & self._get_ticket_search_domain(search)
        page_values = pager(
            url="/my/tickets",
            url_args={"sortby": sortby, "filterby": filterby, "search": search},
            total=Ticket.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        tickets = Ticket.search(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=page_values["offset"],
        )
        request.session["my_tickets_history"] = tickets.ids[:100]
        return request.render(
            "crm_suite_helpdesk.portal_my_tickets",
            {
                **self._prepare_portal_layout_values(),
                # sudo: the names of stages and agents, of tickets that the reader may read
                "tickets": tickets.sudo(),
                "page_name": "ticket",
                "default_url": "/my/tickets",
                "pager": page_values,
                "searchbar_sortings": sortings,
                "searchbar_filters": filters,
                "searchbar_inputs": {
                    "all": {"input": "all", "label": request.env._("Search in Tickets")}
                },
                "search_in": "all",
                "search": search,
                "sortby": sortby,
                "filterby": filterby,
            },
        )

    def _get_ticket_sortings(self):
        return {
            "newest": {"label": request.env._("Newest"), "order": "opened_at desc, id desc"},
            "oldest": {"label": request.env._("Oldest"), "order": "opened_at, id"},
            "updated": {"label": request.env._("Last update"), "order": "write_date desc, id desc"},
            "name": {"label": request.env._("Subject"), "order": "name, id"},
        }

    def _get_ticket_filters(self):
        is_open = Domain("closed_at", "=", False)
        return {
            "open": {"label": request.env._("Open"), "domain": is_open},
            "closed": {"label": request.env._("Closed"), "domain": ~is_open},
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
        }

    def _get_ticket_search_domain(self, search):
        if not search:
            return Domain.TRUE
        return Domain("name", "ilike", search) | Domain("number", "ilike", search)

    # ------------------------------------------------------------------ one ticket

    @route(
        "/my/tickets/<int(max=2147483647):ticket_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        if access_token and not access_token.isascii():
            access_token = None  # no token of ours; comparing it would fail
        try:
            ticket_sudo = self._document_check_access("crm.ticket", ticket_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if ticket_sudo.merged_into_id:
            secret, pid = kw.get("hash"), str(kw.get("pid") or "")
            is_named = secret and secret.isascii() and pid.isascii() and pid.isdigit()
            reader = get_portal_partner(ticket_sudo, secret if is_named else None, pid, None)
            ticket = ticket_sudo.with_user(request.env.user)
            if link := ticket._get_survivor_link(reader):
                return request.redirect(link)
        # A link with nothing but the token may have been passed on: it shows, it does not write
        anonymous = request.env.user._is_public() and not (kw.get("pid") and kw.get("hash"))
        values = self._get_page_view_values(
            ticket_sudo,
            access_token,
            {
                "page_name": "ticket",
                "ticket": ticket_sudo,
                "attachments": ticket_sudo._get_opening_attachments(),
                "disable_composer": anonymous,
            },
            "my_tickets_history",
            False,
            **kw,
        )
        response = request.render("crm_suite_helpdesk.portal_my_ticket", values)
        # The address holds the token
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    # ------------------------------------------------------------------ new ticket

    @route("/my/tickets/new", type="http", auth="user", website=True, methods=["GET", "POST"])
    def portal_new_ticket(self, subject="", description="", **kw):
        # A file part may carry any name: it is no text
        subject, description = (
            value if isinstance(value, str) else "" for value in (subject, description)
        )
        subject = " ".join(subject.replace("\x00", "").split())
        description = description.replace("\x00", "").strip()
        errors = []
        if request.httprequest.method == "POST":
            files = [f for f in request.httprequest.files.getlist("attachments") if f.filename]
            errors = self._check_new_ticket(subject, description)
            attachments = [] if errors else self._read_files(files, errors)
            if not errors:
                # sudo: portal users have no right to create tickets; what they may choose is here
                ticket = (
                    request.env["crm.ticket"]
                    .sudo()
                    ._open_for_customer(
                        request.env.user.partner_id,
                        subject,
                        plaintext2html(description),
                        attachments,
                        channel="portal",
                    )
                )
                return request.redirect(f"/my/tickets/{ticket.id}")
        return request.render(
            "crm_suite_helpdesk.portal_new_ticket",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "ticket_new",
                "subject": subject,
                "description": description,
                "errors": errors,
                "file_types": ",".join(f".{name}" for name in FILE_TYPES),
                "file_hint": request.env._(
                    "Up to %(count)s files of %(size)s MB each: pictures, documents, archives.",
                    count=MAX_FILES,
                    size=MAX_FILE_MB,
                ),
            },
        )

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
        attachments = []
        if len(files) > MAX_FILES:
            errors.append(request.env._("Please attach %s files at most.", MAX_FILES))
            return attachments
        for file in files:
            # Browsers send names, others send paths
            name = PurePath(file.filename.replace("\x00", "").replace("\\", "/")).name[-100:]
            if PurePath(name).suffix.lower().lstrip(".") not in FILE_TYPES:
                errors.append(request.env._("Files of this kind cannot be attached: %s", name))
                continue
            content = file.stream.read(MAX_FILE_MB * 1024 * 1024 + 1)
            if len(content) > MAX_FILE_MB * 1024 * 1024:
                errors.append(
                    request.env._(
                        "%(name)s is larger than %(size)s MB.", name=name, size=MAX_FILE_MB
                    )
                )
                continue
            attachments.append((name, content))
        return attachments

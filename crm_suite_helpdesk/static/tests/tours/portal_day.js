import { registry } from "@web/core/registry";

const chatter = "#chatterRoot:shadow";

registry.category("web_tour.tours").add("crm_suite_helpdesk_portal_day", {
    steps: () => [
        {
            content: "Open a new ticket",
            trigger: ".o_helpdesk_new_ticket",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Choose what it is about",
            trigger: ".o_helpdesk_new #ticket_category",
            run: "selectByIndex 1",
        },
        {
            content: "It is important",
            trigger: ".o_helpdesk_new #ticket_priority",
            run: "select 2",
        },
        {
            content: "Type a subject",
            trigger: ".o_helpdesk_new #ticket_subject",
            run: "edit Portal day",
        },
        {
            content: "Describe it",
            trigger: ".o_helpdesk_new #ticket_description",
            run: "edit The lamp is broken.",
        },
        {
            content: "Send it",
            trigger: ".o_helpdesk_new button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is there, and so is our promise",
            trigger: ".o_helpdesk_ticket:has(.o_helpdesk_description) .o_helpdesk_promise",
        },
        {
            content: "Add something",
            trigger: `${chatter} .o-mail-Composer-input`,
            run: "edit More details",
        },
        {
            content: "Send it",
            trigger: `${chatter} .o-mail-Composer-send:enabled`,
            run: "click",
        },
        {
            content: "It was sent",
            trigger: `${chatter} .o-mail-Message:contains('More details')`,
        },
        {
            content: "A colleague shall take part",
            trigger: ".o_helpdesk_add summary",
            run: "click",
        },
        {
            content: "Type his address",
            trigger: ".o_helpdesk_add #ticket_participant",
            run: "edit hd_colleague@example.org",
        },
        {
            content: "Add him",
            trigger: ".o_helpdesk_add button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "He takes part",
            trigger: ".o_helpdesk_participants [data-participant] .o_helpdesk_leave",
        },
        {
            content: "The lamp works",
            trigger: ".o_helpdesk_close summary",
            run: "click",
        },
        {
            content: "Thank them",
            trigger: ".o_helpdesk_close textarea",
            run: "edit Thank you",
        },
        {
            content: "Close the ticket",
            trigger: ".o_helpdesk_close button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is closed; but no, it broke again",
            trigger: ".o_helpdesk_reopen textarea",
            run: "edit It broke again",
        },
        {
            content: "Open it again",
            trigger: ".o_helpdesk_reopen button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is open",
            trigger: ".o_helpdesk_ticket:has(.o_helpdesk_close):not(:has(.o_helpdesk_reopen))",
        },
        {
            content: "Nothing is wider than the screen",
            trigger: "body",
            run: () => {
                const page = document.documentElement;
                if (page.scrollWidth > page.clientWidth) {
                    throw new Error(
                        `The page is ${page.scrollWidth - page.clientWidth} px too wide`
                    );
                }
            },
        },
        {
            content: "Back to the list",
            trigger: '.o_portal_submenu a[href$="/my/tickets"]',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Unfold the search",
            trigger: ".o_portal_navbar .navbar-toggler",
            run: "click",
        },
        {
            content: "Search",
            trigger: '.o_portal_search_panel input[name="search"]',
            run: "edit lamp day portal",
        },
        {
            content: "Nothing has all these words",
            trigger: ".o_portal_search_panel button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Search again",
            trigger: ".o_portal_wrap:has(.o_helpdesk_none) .navbar-toggler",
            run: "click",
        },
        {
            content: "Words in another order",
            trigger: '.o_portal_search_panel input[name="search"]',
            run: "edit day portal",
        },
        {
            content: "Search",
            trigger: ".o_portal_search_panel button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Here it is",
            trigger: ".o_portal_my_doc_table td a:contains('Portal day')",
        },
    ],
});

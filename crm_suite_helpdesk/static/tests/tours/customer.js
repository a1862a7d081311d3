import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_suite_helpdesk_customer", {
    url: "/my",
    steps: () => [
        {
            content: "Open the tickets",
            trigger: '.o_portal_index_card a[href="/my/tickets"]:visible',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open a new one",
            trigger: ".o_helpdesk_new_ticket",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Type a subject",
            trigger: ".o_helpdesk_new #ticket_subject",
            run: "edit The tour needs help",
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
            content: "It is there",
            trigger: ".o_helpdesk_description:contains('The lamp is broken.')",
        },
        {
            content: "Add something",
            trigger: "#chatterRoot:shadow .o-mail-Composer-input",
            run: "edit More details",
        },
        {
            content: "Send it",
            trigger: "#chatterRoot:shadow .o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "It was sent",
            trigger: "#chatterRoot:shadow .o-mail-Message:contains('More details')",
        },
    ],
});

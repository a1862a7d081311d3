import { registry } from "@web/core/registry";

// No step looks for a text of ours: the tour runs in all languages
registry.category("web_tour.tours").add("crm_suite_helpdesk_call", {
    url: "/odoo/tickets",
    steps: () => [
        {
            content: "The telephone rings",
            trigger: "button[data-menu-xmlid='crm_suite_helpdesk.ticket_menu']",
            run: "click",
        },
        {
            content: "Log the call",
            trigger: "a[data-menu-xmlid='crm_suite_helpdesk.crm_ticket_call_menu']",
            run: "click",
        },
        {
            content: "Who is it?",
            trigger: ".modal .o_field_widget[name='partner_id'] input",
            run: "edit hd_customer",
        },
        {
            content: "Choose him",
            trigger: ".o-autocomplete--dropdown-item:contains('hd_customer')",
            run: "click",
        },
        {
            content: "He has an open ticket, which could be chosen",
            trigger: ".modal .o_field_widget[name='ticket_id'] input",
        },
        {
            content: "What does he want?",
            trigger: ".modal .o_field_widget[name='name'] input",
            run: "edit Fire in the tour printer",
        },
        {
            content: "Make a ticket of it",
            trigger: ".modal footer button[name='action_log']",
            run: "click",
        },
        {
            content: "He has asked this already",
            trigger: "body:not(:has(.modal)) .o_form_view .o_crm_duplicates li[data-ticket]",
        },
        {
            content: "Merge the two",
            trigger: ".o_crm_duplicates button[name='merge']",
            run: "click",
        },
        {
            content: "Not yet",
            trigger: ".modal footer button[special='cancel'], .modal header .btn-close",
            run: "click",
        },
        {
            content: "It is about something else",
            trigger: "body:not(:has(.modal)) .o_crm_duplicates button[name='no_duplicate']",
            run: "click",
        },
        {
            content: "The hint is gone",
            trigger: ".o_form_view:not(:has(.o_crm_duplicates))",
        },
    ],
});

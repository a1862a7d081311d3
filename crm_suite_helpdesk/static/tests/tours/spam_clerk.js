import { registry } from "@web/core/registry";

const openMenu = (xmlId) => [
    {
        content: "Open the menu of tickets",
        trigger: '.o_main_navbar [data-menu-xmlid="crm_suite_helpdesk.ticket_menu"]',
        run: "click",
    },
    {
        content: "Choose a list",
        trigger: `.o-dropdown--menu [data-menu-xmlid="crm_suite_helpdesk.${xmlId}"]`,
        run: "click",
    },
];

// Opened on a ticket of somebody who is a nuisance
registry.category("web_tour.tours").add("crm_suite_helpdesk_spam_clerk", {
    steps: () => [
        {
            content: "This is spam",
            trigger: ".o_form_view .o_form_statusbar button.o_crm_ticket_spam",
            run: "click",
        },
        {
            content: "The address of the sender is about to be blocked",
            trigger: '.modal .o_field_widget[name="senders"]:contains("pest@spam.example.org")',
        },
        {
            content: "Do it",
            trigger: '.modal footer button[name="action_apply"]',
            run: "click",
        },
        {
            content: "The ticket says what it is",
            trigger: '.o_form_view [name="spam"] button[name="action_not_spam"]',
        },
        ...openMenu("crm_ticket_menu_spam"),
        {
            content: "The queue holds it, and the mail that was suspended",
            trigger: ".o_list_view .o_data_row:eq(1)",
        },
        {
            content: "The one that was marked is no spam after all",
            trigger:
                '.o_list_view .o_data_row:contains("Order 4711") button[name="action_not_spam"]',
            run: "click",
        },
        {
            content: "It is gone from the queue",
            trigger: '.o_list_view:not(:has(.o_data_row:contains("Order 4711")))',
        },
        {
            content: "The other one stays",
            trigger: ".o_list_view .o_data_row",
        },
        ...openMenu("crm_blocked_sender_menu"),
        {
            content: "The domain is still blocked, the address is not",
            trigger:
                '.o_list_view:not(:contains("pest@spam.example.org")) .o_data_row:contains("bulk.example.org")',
        },
    ],
});

// Opened on the quarantine, which holds one mail
registry.category("web_tour.tours").add("crm_suite_helpdesk_quarantine", {
    steps: () => [
        {
            content: "Open the mail that waits",
            trigger: '.o_list_view .o_data_row:contains("Order 4712") .o_data_cell[name="name"]',
            run: "click",
        },
        {
            content: "What happened is told",
            trigger: '.o_form_view .o_field_widget[name="error"]:contains("ZeroDivisionError")',
        },
        {
            content: "Try again",
            trigger: '.o_form_statusbar button[name="action_retry"]',
            run: "click",
        },
        {
            content: "It is a ticket now",
            trigger:
                '.o_form_view .o_field_widget[name="number"], .o_form_view:contains("Order 4712")',
        },
    ],
});

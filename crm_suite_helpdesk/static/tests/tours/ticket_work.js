import { registry } from "@web/core/registry";

// No step looks for a text of ours: the tour runs in all languages
registry.category("web_tour.tours").add("crm_suite_helpdesk_ticket_work", {
    url: "/odoo/tickets",
    steps: () => [
        {
            content: "Take a ticket right on its card",
            trigger: ".o_kanban_record:contains('Tour lamp')",
            run: "hover && click .o_kanban_record:contains('Tour lamp') .o_dropdown_kanban button",
        },
        {
            content: "It is mine",
            trigger: ".o-dropdown--menu a.dropdown-item:first",
            run: "click",
        },
        {
            content: "Open it",
            trigger:
                ".o_kanban_record:contains('Tour lamp'):has(.o_field_widget[name='user_id'] img)",
            run: "click",
        },
        {
            content: "An important customer",
            trigger: ".o_form_view .fa-star.text-warning",
        },
        {
            content: "There are others of this customer",
            trigger: "button[name='action_open_siblings']",
        },
        {
            content: "Look for what it is about",
            trigger: ".o_field_widget[name='category_id'] input",
            run: "edit Tour goods / Tour damage",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains('Tour damage')",
            run: "click",
        },
        {
            content: "Snooze it",
            trigger: ".o_statusbar_buttons button[name='action_snooze']",
            run: "click",
        },
        {
            // The others are shown on days of the week when they are other mornings
            content: "Until tomorrow morning",
            trigger: ".modal button[name='action_tomorrow']",
            run: "click",
        },
        {
            content: "It is snoozed",
            trigger:
                "body:not(:has(.modal)) .o_form_view div[name='snooze'] .o_field_widget[name='snoozed_until']",
        },
        {
            content: "Take it back",
            trigger: "button[name='action_wake']",
            run: "click",
        },
        {
            content: "It is back, and something is to be sold",
            trigger:
                ".o_form_view:not(:has(div[name='snooze'])) .o_statusbar_buttons button[name='action_convert_to_lead']",
            run: "click",
        },
        {
            content: "Name the opportunity",
            trigger: ".modal .o_field_widget[name='name'] input",
            run: "edit Tour opportunity",
        },
        {
            content: "Make it",
            trigger: ".modal button[name='action_convert']",
            run: "click",
        },
        {
            content: "It is there",
            trigger:
                ".o_lead_opportunity_form .o_field_widget[name='name'] textarea:value('Tour opportunity')",
        },
    ],
});

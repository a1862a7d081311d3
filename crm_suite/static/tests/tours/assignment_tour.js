import { registry } from "@web/core/registry";

/** A lead without a salesperson gets one, and its note says why. */
registry.category("web_tour.tours").add("crm_suite_assignment", {
    steps: () => [
        {
            content: "Nobody has the lead",
            trigger: "button[name=action_assign_automatically]",
            run: "click",
        },
        {
            content: "It is said what happened",
            trigger: ".o_notification",
        },
        {
            content: "Somebody has it",
            trigger: ".o_form_view:not(:has(button[name=action_assign_automatically]))",
        },
        {
            content: "and the note says why",
            trigger: ".o-mail-Message-body ul li",
        },
    ],
});

/** An administrator switches a rule on in the list. */
registry.category("web_tour.tours").add("crm_suite_automation_switch", {
    steps: () => [
        {
            content: "Rules that are off are there, too",
            trigger: ".o_data_row .o_field_boolean_toggle input:not(:checked)",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_data_row .o_field_boolean_toggle input:not(:checked)))",
        },
    ],
});

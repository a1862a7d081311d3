import { registry } from "@web/core/registry";

/** Two clicks log a call on a contact; it is on the timeline at once, and on the page of it. */
registry.category("web_tour.tours").add("crm_suite_timeline", {
    steps: () => [
        {
            content: "Open the timeline of the contact",
            trigger: ".o_notebook_headers a[name=timeline]",
            run: "click",
        },
        {
            content: "It is empty",
            trigger: ".o_crm_timeline_empty",
        },
        {
            content: "Log an interaction with the button of the form",
            trigger: "button[name=action_log_interaction]",
            run: "click",
        },
        {
            content: "Tell what it was about",
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Asked about delivery",
        },
        {
            trigger: ".modal .o_field_widget[name=next_step] input",
            run: "edit Send the price list",
        },
        {
            trigger: ".modal .o_field_widget[name=next_step_date] .o_input",
            run: "click",
        },
        {
            content: "Choose a day",
            trigger: ".o_datetime_picker .o_today",
            run: "click",
        },
        {
            content: "Log it",
            trigger: ".modal footer button:contains(Log)",
            run: "click",
        },
        {
            content: "It is on the timeline",
            trigger: ".o_crm_timeline_row:contains(Asked about delivery)",
        },
        {
            content: "And counted",
            trigger: "button[name=action_view_interactions]:contains(1)",
        },
        {
            content: "Open it",
            trigger: ".o_crm_timeline_row a:contains(Asked about delivery)",
            run: "click",
        },
        {
            content: "The next step is planned",
            trigger:
                ".o_form_view .o_field_widget[name=next_step] input:value(Send the price list)",
        },
        {
            content: "Back to the contact",
            trigger: ".breadcrumb-item a:contains(Haddad)",
            run: "click",
        },
        {
            content: "Open the timeline as a page",
            trigger: "button[name=action_view_timeline]",
            run: "click",
        },
        {
            content: "Filter by e-mails: the call is gone",
            trigger: ".o_crm_timeline_action button[data-source=mail]",
            run: "click",
        },
        {
            trigger: ".o_crm_timeline_action .o_crm_timeline_empty",
        },
    ],
});

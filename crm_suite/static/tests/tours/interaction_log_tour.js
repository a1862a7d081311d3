import { registry } from "@web/core/registry";

/** From any screen: whom, what came of it, what is next; then a call of today that is done with it. */
registry.category("web_tour.tours").add("crm_suite_log_from_systray", {
    steps: () => [
        {
            content: "The screen is there: it would close what was opened before",
            trigger: ".o_action_manager .o_view_controller",
        },
        {
            content: "Log from the bar on top",
            trigger: ".o_crm_log_systray button",
            run: "click",
        },
        {
            content: "Choose the contact",
            trigger: ".o_crm_log_panel [name=partner_id] input",
            run: "edit Haddad Trading Systray",
        },
        {
            trigger:
                ".o_crm_log_panel [name=partner_id] .o-autocomplete--dropdown-item a:contains(Haddad Trading Systray)",
            run: "click",
        },
        {
            content: "It was a visit",
            trigger: ".o_crm_log_panel button[data-channel=visit]",
            run: "click",
        },
        {
            trigger: ".o_crm_log_panel input[name=name]",
            run: "edit Showed the samples",
        },
        {
            trigger: ".o_crm_log_panel input[name=minutes]",
            run: "edit 45",
        },
        {
            content: "With an outcome",
            trigger: ".o_crm_log_panel [name=outcome_id] button:first",
            run: "click",
        },
        {
            content: "Log it, and go on",
            trigger: ".o_crm_log_panel button[name=log_again]:enabled",
            run: "click",
        },
        {
            content: "It is among the last ones",
            trigger: ".o_crm_log_panel .o_crm_log_latest:contains(Showed the samples)",
        },
        {
            content: "A call of today",
            trigger: ".o_crm_log_panel .o_crm_log_call button:contains(Ask about the budget)",
            run: "click",
        },
        {
            trigger: ".o_crm_log_panel input[name=name]:value(Ask about the budget)",
        },
        {
            content: "Has no outcome but a next step",
            trigger: ".o_crm_log_panel input[name=next_step]",
            run: "edit Call again",
        },
        {
            content: "which is for tomorrow",
            trigger: ".o_crm_log_panel [name=next_step_date] .o_input",
        },
        {
            trigger: ".o_crm_log_panel button[name=log]:enabled",
            run: "click",
        },
        {
            content: "The window is closed",
            trigger: "body:not(:has(.o_crm_log_panel))",
        },
    ],
});

/** Two clicks, whatever the channel; an activity is finished with its outcome. */
registry.category("web_tour.tours").add("crm_suite_log_on_contact", {
    steps: () => [
        {
            content: "A letter",
            trigger: ".o_crm_log_buttons button[data-channel=letter]",
            run: "click",
        },
        {
            content: "is the channel already",
            trigger: ".modal .o_crm_channel input[data-channel=letter]:checked",
        },
        {
            trigger: ".modal .o_field_widget[name=direction] input[data-value=in]",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "The call that was planned",
            trigger: ".o-mail-Activity .o_crm_activity_log",
            run: "click",
        },
        {
            content: "took a quarter of an hour",
            trigger: ".modal .o_crm_minutes button[data-minutes='15']",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "and is done",
            trigger: "body:not(:has(.modal)):not(:has(.o-mail-Activity .o_crm_activity_log))",
        },
        {
            trigger: "button[name=action_view_interactions]:contains(2)",
        },
    ],
});

/** The work list of the day: postpone one call, log the other. */
registry.category("web_tour.tours").add("crm_suite_call_list", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(Ask about the budget) a[href^='tel:']",
        },
        {
            content: "Tomorrow is early enough",
            trigger: ".o_data_row:contains(Send regards) button[name=action_postpone_tomorrow]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_data_row:contains(Send regards)))",
        },
        {
            content: "Log the other",
            trigger:
                ".o_data_row:contains(Ask about the budget) button[name=action_log_interaction]",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "Nobody is left to call",
            trigger: ".o_view_nocontent",
        },
    ],
});

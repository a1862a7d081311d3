import { registry } from "@web/core/registry";

const choose = (name) => [
    {
        content: "Look for somebody",
        trigger: ".modal div[name=res_id] input",
        run: `edit ${name}`,
    },
    {
        content: "Take him",
        trigger: `.modal .o-autocomplete--dropdown-item:contains(${name}) a`,
        run: "click",
    },
];

registry.category("web_tour.tours").add("crm_suite_marketing_journey_report", {
    steps: () => [
        {
            content: "The journey says how many reached the goal",
            trigger: ".oe_stat_button[name=action_view_results]:contains(50.0)",
            run: "click",
        },
        {
            content: "Its version stands there with its figures",
            trigger: "div[name=version_line_ids] td:contains(Version 1)",
        },
        {
            content: "Back to the journey",
            trigger: ".o_back_button",
            run: "click",
        },
        {
            content: "Walk on paper",
            trigger: ".o_statusbar_buttons button[name=action_simulate]",
            run: "click",
        },
        ...choose("Emre"),
        {
            content: "Go",
            trigger: ".modal footer button[name=action_simulate]",
            run: "click",
        },
        {
            content: "He waits two days, and is let in",
            trigger: ".modal div[name=line_ids] tr:contains(Two days)",
        },
        {
            content: "It says how it ends",
            trigger: ".modal div[name=summary]:contains(Reached the Goal)",
        },
        {
            content: "Enough of it",
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "Ask why",
            trigger: "body:not(:has(.modal)) .o_statusbar_buttons button[name=action_explain]",
            run: "click",
        },
        ...choose("Faris"),
        {
            content: "Tell me",
            trigger: ".modal footer button[name=action_explain]",
            run: "click",
        },
        {
            content: "He was never in it",
            trigger: ".modal div[name=line_ids] td:contains(Has never been in this journey)",
        },
        {
            content: "Thank you",
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "All is closed",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});

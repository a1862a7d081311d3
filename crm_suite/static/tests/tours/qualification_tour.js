import { registry } from "@web/core/registry";

const SHEET = ".o_crm_qualification";

/** A salesperson asks the questions of the check-list, sees the score and why, and converts. */
registry.category("web_tour.tours").add("crm_suite_qualification", {
    steps: () => [
        {
            content: "Open the page",
            trigger: ".o_notebook_headers a[name=qualification]",
            run: "click",
        },
        {
            content: "Nothing is answered yet",
            trigger: `${SHEET} .o_crm_question:not(:has(.fa-check-circle))`,
        },
        {
            content: "There is a budget",
            trigger: `${SHEET} .o_crm_question[data-kind=boolean] button[data-value=yes]`,
            run: "click",
        },
        {
            trigger: `${SHEET} .o_crm_question[data-kind=boolean] button[aria-pressed=true][data-value=yes]`,
        },
        {
            content: "First one decides, ...",
            trigger: `${SHEET} .o_crm_question[data-kind=choice]:first button:first`,
            run: "click",
        },
        {
            content: "... no, several do",
            trigger: `${SHEET} .o_crm_question[data-kind=choice] button:nth-child(2)`,
            run: "click",
        },
        {
            content: "What they need",
            trigger: `${SHEET} .o_crm_question[data-kind=text] textarea`,
            run: "edit Forty desks && press Tab",
        },
        {
            content: "Which product",
            trigger: `${SHEET} .o_crm_question[data-kind=products] input`,
            run: "edit Zebra wood",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Zebra wood desk)",
            run: "click",
        },
        {
            trigger: `${SHEET} .o_crm_question[data-kind=products] .o_tag:contains(Zebra wood desk)`,
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
        {
            content: "It is known who found it out",
            trigger: `${SHEET} .o_crm_question[data-kind=boolean] .o_crm_question_answer .o_crm_question_hint`,
        },
        {
            content: "Open the reasons of the score",
            trigger: "button[name=action_view_score]",
            run: "click",
        },
        {
            content: "Each reason is a line",
            trigger: ".modal .o_field_widget[name=score_line_ids] .o_data_row:eq(1)",
        },
        {
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            content: "Convert",
            trigger:
                "body:not(:has(.modal)) .o_statusbar_buttons button.oe_highlight, body:not(:has(.modal)) .o_statusbar_buttons button.btn-primary",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "It is an opportunity, with its answers",
            trigger: "button[name=action_set_won_rainbowman]",
        },
        {
            trigger: ".o_notebook_headers a[name=qualification]",
            run: "click",
        },
        {
            trigger: `${SHEET} .o_crm_question[data-kind=boolean] button[aria-pressed=true]`,
        },
    ],
});

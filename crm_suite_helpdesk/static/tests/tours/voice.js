import { registry } from "@web/core/registry";

/** A customer answers on the page of the survey, and changes his mind. */
registry.category("web_tour.tours").add("crm_suite_helpdesk_survey", {
    steps: () => [
        {
            content: "The face of the mail is chosen",
            trigger: ".o_ticket_survey:has(#survey_happy:checked)",
        },
        {
            content: "Tell more",
            trigger: "#survey_feedback",
            run: "edit Quick and kind",
        },
        {
            content: "Send it",
            trigger: ".o_survey_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Thanks",
            trigger: ".o_survey_done",
        },
        {
            content: "Change it",
            trigger: "label[for=survey_neutral]",
            run: "click",
        },
        {
            content: "Send it again",
            trigger: ".o_survey_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Thanks again",
            trigger: ".o_ticket_survey:has(#survey_neutral:checked) .o_survey_done",
        },
    ],
});

/** A customer rates on the page of his ticket. */
registry.category("web_tour.tours").add("crm_suite_helpdesk_rate", {
    steps: () => [
        {
            content: "Choose a face",
            trigger: "#ticket_voice label[for=voice_unhappy]",
            run: "click",
        },
        {
            content: "Tell why",
            trigger: "#voice_feedback",
            run: "edit Too late",
        },
        {
            content: "Send it",
            trigger: "#ticket_voice button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is there",
            trigger: "#ticket_voice .o_ticket_voice_answer",
        },
    ],
});

/** An agent reads the hint, sees the customer beside the ticket, and passes it on. */
registry.category("web_tour.tours").add("crm_suite_helpdesk_voice_agent", {
    steps: () => [
        {
            content: "The hint names its words",
            trigger: "div[name=sentiment_hint]:contains('unacceptable')",
        },
        {
            content: "Beside the conversation",
            trigger: ".o_notebook a[name=assistant]",
            run: "click",
        },
        {
            content: "The customer",
            trigger: ".o_crm_assistant button[data-panel=customer]",
            run: "click",
        },
        {
            content: "What he thought of us",
            trigger: ".o_crm_panel_ratings:contains('Slow')",
        },
        {
            content: "Orders are not for everybody",
            trigger: ".o_crm_panel_orders small",
        },
        {
            content: "The hint is wrong",
            trigger: "button[name=action_dismiss_sentiment]",
            run: "click",
        },
        {
            content: "It is gone",
            trigger: ".o_form_view:not(:has(div[name=sentiment_hint]))",
        },
        {
            content: "Pass it on",
            trigger: "button[name=action_pass_on]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal div[name=note] textarea",
            run: "edit The glass is too thin",
        },
        {
            content: "Pass it on",
            trigger: ".modal footer button[name=action_pass_on]",
            run: "click",
        },
        {
            content: "Back among one's own tickets",
            trigger: ".o_action_manager .o_list_view, .o_action_manager .o_kanban_view",
        },
    ],
});

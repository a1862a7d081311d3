import { registry } from "@web/core/registry";

/** Two clicks write down a promise on the customer; it is on his form at once. */
registry.category("web_tour.tours").add("crm_suite_promise", {
    steps: () => [
        {
            content: "The customer is late, so the button is there",
            trigger: "button[name=action_promise_payment]",
            run: "click",
        },
        {
            content: "What is overdue is proposed",
            trigger: ".modal .o_field_widget[name=amount] input:value(300.00)",
        },
        {
            content: "Save it as it is",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "Open the promises of the customer",
            trigger: "button[name=action_view_promises]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row .o_field_badge[name=state]",
        },
    ],
});

/** The customer reads his statement in the portal. */
registry.category("web_tour.tours").add("crm_suite_statement_portal", {
    steps: () => [
        {
            content: "The card of the statement",
            trigger: "a[href='/my/statement']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "What is open",
            trigger: ".o_crm_statement table a[href*='/my/invoices/']",
        },
        {
            content: "All of the last months",
            trigger: "#statement_kind",
            run: "select period",
        },
        {
            trigger: ".o_crm_statement form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "With the balance",
            trigger: ".o_crm_statement_total",
        },
        {
            trigger: ".o_crm_statement_pdf[href*='kind=period']",
        },
    ],
});

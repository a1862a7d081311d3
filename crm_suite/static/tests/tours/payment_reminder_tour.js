import { registry } from "@web/core/registry";

/** Reminders are prepared, looked at, edited and sent; who cannot be reminded is listed with why. */
registry.category("web_tour.tours").add("crm_suite_payment_reminders", {
    steps: () => [
        {
            content: "Find who is late",
            trigger: "button[name=action_prepare]",
            run: "click",
        },
        {
            content: "Look at the reminder of a customer",
            trigger: ".o_data_row:contains('Haddad Trading') td[name=partner_id]",
            run: "click",
        },
        {
            content: "The text is there, with the invoices",
            trigger: ".o_field_widget[name=body] table.o_payment_reminder_table tbody tr",
        },
        {
            content: "Write a subject of one's own",
            trigger: ".o_field_widget[name=subject] input",
            run: "edit Dear Layla",
        },
        {
            content: "The invoices are in their own tab, with their PDFs",
            trigger: ".o_notebook_headers a[name=lines]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=line_ids] .o_data_row button[name=action_open_pdf]",
        },
        {
            content: "Send it",
            trigger: "button[name=action_send]",
            run: "click",
        },
        {
            content: "It is on its way",
            trigger: ".o_form_view:not(:has(button[name=action_send]))",
        },
        {
            content: "Back to the list",
            trigger: ".o_breadcrumb .o_back_button",
            run: "click",
        },
        {
            content: "What was sent is not to be checked any more",
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Haddad Trading')))",
        },
        {
            content: "Who cannot be reminded is listed, with the reason",
            trigger: ".o_data_row:contains('Nile Stores') td[name=hold_reason]:not(:empty)",
        },
    ],
});

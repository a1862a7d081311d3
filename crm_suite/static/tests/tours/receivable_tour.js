import { registry } from "@web/core/registry";

/** Works the receivables: ages, the invoices of a customer, a call, expected payments. */
registry.category("web_tour.tours").add("crm_suite_receivables", {
    steps: () => [
        {
            content: "One customer owes in two ages, and another one",
            trigger: ".o_list_view .o_data_row:nth-child(2)",
        },
        {
            content: "Log a call",
            trigger: ".o_list_view .o_data_row:first button[name=action_log_call]",
            run: "click",
        },
        {
            trigger: ".modal .o_form_view .o_field_widget[name=channel]",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "He promises to pay",
            trigger: ".o_list_view .o_data_row:first button[name=action_promise]",
            run: "click",
        },
        {
            trigger: ".modal .o_form_view .o_field_widget[name=amount]",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "His invoices",
            trigger: ".o_list_view .o_data_row:first .o_data_cell[name=partner_id]",
            run: "click",
        },
        {
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item",
        },
        {
            content: "The invoice",
            trigger: ".o_list_view .o_data_row:first .o_data_cell[name=move_id]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=invoice_line_ids]",
        },
        {
            content: "When the money can be expected",
            trigger: "[data-menu-xmlid='crm_suite.collection_menu']",
            run: "click",
        },
        {
            trigger: "[data-menu-xmlid='crm_suite.crm_receivable_expected_menu']",
            run: "click",
        },
        {
            trigger: ".o_graph_canvas_container canvas",
        },
        {
            trigger: ".o_switch_view.o_pivot",
            run: "click",
        },
        {
            trigger: ".o_pivot table tbody .o_pivot_cell_value",
        },
    ],
});

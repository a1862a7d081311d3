import { registry } from "@web/core/registry";

/** What a customer bought, what it was made of, and buying it again on an opportunity. */
registry.category("web_tour.tours").add("crm_suite_products_bought", {
    steps: () => [
        {
            content: "Two products, the desk is overdue to be bought again",
            trigger: ".o_list_view .o_data_row:nth-child(2)",
        },
        {
            trigger: ".o_list_view .o_data_cell[name=next_date].text-danger",
        },
        {
            content: "Every single purchase of the first row",
            trigger: ".o_list_view .o_data_row:first button[name=action_view_lines]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_cell[name=order_id]",
            run: "click",
        },
        {
            content: "The order",
            trigger: ".o_form_view .o_field_widget[name=order_line]",
        },
    ],
});

registry.category("web_tour.tours").add("crm_suite_buy_again", {
    steps: () => [
        {
            content: "The products of the opportunity",
            trigger: ".o_form_view .o_notebook a[name=products]",
            run: "click",
        },
        {
            trigger: "button[name=action_view_product_purchases]",
            run: "click",
        },
        {
            content: "Choose all that the customer has bought",
            trigger: ".modal .o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_add_to_opportunity]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=line_ids] .o_data_row:nth-child(2)",
        },
    ],
});

import { registry } from "@web/core/registry";

/** Products on an opportunity become a quotation; another offer is made of it and chosen. */
registry.category("web_tour.tours").add("crm_suite_quotation_from_products", {
    steps: () => [
        {
            content: "Add a product",
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=product_id] input",
            run: "edit Oak desk",
        },
        {
            trigger: ".o-autocomplete--dropdown-menu a:contains(Oak desk)",
            run: "click",
        },
        {
            content: "The price of the pricelist is there",
            trigger: ".o_selected_row .o_field_widget[name=price_unit] input:value(200)",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name=quantity] input",
            run: "edit 3",
        },
        {
            content: "Leave the line",
            trigger: ".o_form_view .oe_title",
            run: "click",
        },
        {
            content: "The expected revenue follows the product",
            trigger: ".o_field_widget[name=expected_revenue] input:value(600)",
        },
        {
            trigger: ".o_crm_revenue_source .fa-link",
        },
        {
            content: "Make a quotation of it",
            trigger: "button[name=action_sale_quotations_new]",
            run: "click",
        },
        {
            trigger:
                ".o_sale_order .o_field_widget[name=order_line] .o_data_row:contains(Oak desk)",
        },
        {
            content: "Back to the opportunity",
            trigger: ".breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            content: "It is quoted",
            trigger: ".o_crm_sales_strip .o_field_widget[name=quoted_amount]:contains(600)",
        },
        {
            content: "Another click makes no second quotation, but opens the first",
            trigger: "button[name=action_sale_quotations_new]",
            run: "click",
        },
        {
            trigger:
                ".o_sale_order .o_field_widget[name=order_line] .o_data_row:contains(Oak desk)",
        },
        {
            content: "Make another offer of it",
            trigger: ".o_statusbar_buttons button[name=action_new_alternative]",
            run: "click",
        },
        {
            trigger: ".o_sale_order .ribbon",
        },
        {
            trigger: ".o_field_widget[name=order_line] .o_data_row td[name=product_uom_qty]",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=order_line] .o_selected_row div[name=product_uom_qty] input",
            run: "edit 5 && press Tab",
        },
        {
            trigger: ".o_sale_order .o_field_widget[name=tax_totals]:contains(000)",
        },
        {
            content: "Save and go back to the opportunity",
            trigger: ".breadcrumb-item a:contains(Furniture for the tour)",
            run: "click",
        },
        {
            content: "The alternative does not count",
            trigger: ".o_crm_sales_strip .o_field_widget[name=quoted_amount]:contains(600)",
        },
        {
            trigger: ".o_notebook_headers a[name=quotations]",
            run: "click",
        },
        {
            content: "Choose it",
            trigger: ".o_field_widget[name=order_ids] button[name=action_choose]",
            run: "click",
        },
        {
            content: "Now it counts, and offers its lines",
            trigger: ".o_crm_sales_strip .o_field_widget[name=quoted_amount]:contains(000)",
        },
        {
            trigger: ".o_field_widget[name=order_ids] button[name=action_update_opportunity]",
            run: "click",
        },
        {
            trigger:
                ".o_form_view:not(:has(.o_field_widget[name=order_ids] button[name=action_update_opportunity]))",
        },
        {
            content: "A click on a row opens the quotation as a page",
            trigger: ".o_field_widget[name=order_ids] .o_data_row:first td[name=name]",
            run: "click",
        },
        {
            trigger: ".o_sale_order .o_statusbar_buttons button[name=action_new_alternative]",
        },
    ],
});

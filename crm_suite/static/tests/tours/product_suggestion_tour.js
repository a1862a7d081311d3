import { registry } from "@web/core/registry";

const click = (lines, product) => [
    {
        content: "The panel suggests what goes with the desk, and says why",
        trigger: `.o_crm_suggestion:contains(${product}) .o_crm_suggestion_reason`,
    },
    {
        content: "One click adds it",
        trigger: `.o_crm_suggestion:contains(${product}) button`,
        run: "click",
    },
    {
        trigger: `.o_field_widget[name=${lines}] .o_data_row:contains(${product})`,
    },
    {
        content: "It is no longer suggested",
        trigger: `.o_crm_suggestion_panel:not(:has(.o_crm_suggestion:contains(${product})))`,
    },
];

const save = [
    { trigger: ".o_form_button_save:visible", run: "click" },
    { trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible" },
];

registry.category("web_tour.tours").add("crm_suite_suggestion_quotation", {
    steps: () => [...click("order_line", "Lamp"), ...save],
});

registry.category("web_tour.tours").add("crm_suite_suggestion_opportunity", {
    steps: () => [
        { trigger: ".o_form_view .o_notebook a[name=products]", run: "click" },
        ...click("line_ids", "Lamp"),
        ...save,
    ],
});

registry.category("web_tour.tours").add("crm_suite_suggestion_customer", {
    steps: () => [
        {
            content: "Some buttons are behind More",
            trigger: ".o-form-buttonbox .o_button_more",
            run: "click",
        },
        {
            content: "What to offer this customer next",
            trigger: "button[name=action_view_suggestions]",
            run: "click",
        },
        {
            content: "A quotation with it",
            trigger: ".modal .o_crm_suggestion:contains(Lamp) button",
            run: "click",
        },
        {
            trigger: ".o_sale_order .o_field_widget[name=order_line] .o_data_row:contains(Lamp)",
        },
    ],
});

import { registry } from "@web/core/registry";

/** What is said is in the language of who reads it; the marker is the same in all of them. */
function readMessage() {
    const isArabic = document.body.classList.contains("o_rtl");
    if (/[\u0600-\u06ff]/.test(this.anchor.textContent.split("RULE 7")[1]) !== isArabic) {
        throw new Error(`Another language: ${this.anchor.textContent}`);
    }
}

const message = {
    content: "The rule says what is missing",
    trigger: ".o_notification:contains(RULE 7)",
    run: readMessage,
};

/** Opened on an opportunity without a phone number; important ones need one. */
registry.category("web_tour.tours").add("crm_suite_form_rule", {
    steps: () => [
        {
            content: "Rename the deal",
            trigger: ".o_form_view .o_field_widget[name=name] :is(input, textarea)",
            run: "edit Forty oak desks && press Tab",
        },
        {
            content: "It is important",
            trigger: ".o_form_view .o_field_widget[name=priority] .o_priority_star:last",
            run: "click",
        },
        message,
        { trigger: ".o_field_widget[name=phone].o_field_invalid" },
        {
            content: "Nothing that was entered is lost",
            trigger: ".o_form_view .o_field_widget[name=name] textarea:value(Forty oak desks)",
        },
        { trigger: ".o_field_widget[name=priority]:has(.o_priority_star.fa-star:nth-of-type(3))" },
        {
            content: "Enter the number",
            trigger: ".o_form_view .o_field_widget[name=phone] input",
            run: "edit +962 6 500 1234 && press Tab",
        },
        { trigger: ".o_form_view:not(:has(.o_field_invalid))" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_view .o_form_saved" },
    ],
});

/** Opened on a list of one opportunity whose e-mail address is required, its revenue locked. */
registry.category("web_tour.tours").add("crm_suite_form_rule_list", {
    steps: () => [
        { trigger: ".o_list_view .o_data_row .o_list_record_selector input", run: "click" },
        {
            content: "The revenue cannot be changed",
            trigger: ".o_data_row_selected td[name=expected_revenue].o_readonly_modifier",
        },
        {
            content: "Empty the address",
            trigger: ".o_data_row_selected td[name=email_from]",
            run: "click",
        },
        {
            trigger: ".o_selected_row td[name=email_from] input",
            run: "clear && press Enter",
        },
        message,
        {
            trigger: ".o_data_row td[name=email_from]:contains(layla@example.com)",
            run: "click",
        },
        {
            trigger: ".o_selected_row td[name=email_from] input",
            run: "edit office@example.com && press Enter",
        },
        { trigger: ".o_data_row td[name=email_from]:contains(office@example.com)" },
    ],
});

import { registry } from "@web/core/registry";

const field = (name) => `.o_field_widget[name="${name}"]`;

registry.category("web_tour.tours").add("crm_suite_helpdesk_manager_policy", {
    steps: () => [
        {
            content: "Open the policy",
            trigger: '.o_list_view .o_data_row td[name="name"]:contains("Test promise")',
            run: "click",
        },
        {
            content: "It says in words what it promises",
            trigger: `.o_form_view ${field("in_words")}:contains("02:00")`,
        },
        {
            content: "See its revisions",
            trigger: '.o_notebook .nav-link[name="revisions"]',
            run: "click",
        },
        {
            content: "There is one",
            trigger: `${field("revision_ids")} .o_data_row`,
        },
        {
            content: "See its promises",
            trigger: '.o_notebook .nav-link[name="targets"]',
            run: "click",
        },
        {
            content: "Change one",
            trigger: `${field("target_ids")} .o_data_row:first-child td[name="budget"]`,
            run: "click",
        },
        {
            content: "To half an hour",
            trigger: `${field("target_ids")} .o_data_row:first-child td[name="budget"] input`,
            run: "edit 00:30",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "The words follow",
            trigger: `.o_form_saved ${field("in_words")}:contains("00:30")`,
        },
        {
            content: "An open ticket is still held to what it was: apply it",
            trigger: 'button[name="action_apply_latest"]',
            run: "click",
        },
        {
            content: "Yes",
            trigger: '.modal button[name="action_apply"]',
            run: "click",
        },
        {
            content: "Nobody is held to the old one any more",
            trigger:
                'body:not(:has(.modal)) .o_form_view:not(:has(button[name="action_apply_latest"]))',
        },
        {
            content: "Try it out",
            trigger: 'button[name="action_try_out"]',
            run: "click",
        },
        {
            content: "For a ticket of a high priority",
            trigger: `.modal ${field("priority")} input, .modal ${field("priority")} select`,
            run: "click",
        },
        {
            content: "Choose urgent",
            trigger: ".o_select_menu_menu .o_select_menu_item:last-child",
            run: "click",
        },
        {
            content: "These would be the deadlines",
            trigger: ".modal .o_crm_sla_tryout .card:contains('00:30')",
        },
        {
            content: "Done",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "Back on the policy",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});

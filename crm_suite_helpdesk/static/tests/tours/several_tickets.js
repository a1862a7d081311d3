import { registry } from "@web/core/registry";

const LIST_ROW = ".o_list_view .o_data_row";
const inLinks = (selector) => `.o_notebook .tab-pane.active ${selector}`;

function chooseRows(content) {
    return [
        {
            content: "Wait for the list",
            trigger: `${LIST_ROW}:eq(1) .o_list_record_selector input`,
            run: "click",
        },
        { content: "It is chosen", trigger: `${LIST_ROW}_selected` },
        {
            content,
            trigger: `${LIST_ROW}:eq(0) .o_list_record_selector input`,
            run: "click",
        },
        { content: "So are both", trigger: `${LIST_ROW}_selected:eq(1)` },
    ];
}

// Below the fold on this screen
const goToMessages = {
    content: "Look at the conversation",
    trigger: ".o_form_view .o-mail-Chatter",
    run() {
        document.querySelector(".o_form_view .o-mail-Chatter").scrollIntoView();
    },
};

const openLinks = {
    content: "See what it has to do with others",
    trigger: '.o_notebook .nav-link[name="links"]',
    run: "click",
};

// Opened on a list of two tickets of one customer
registry.category("web_tour.tours").add("crm_suite_helpdesk_merge", {
    steps: () => [
        ...chooseRows("Choose both"),
        {
            content: "Merge them",
            trigger:
                '.o_list_view button[name="action_merge"], .o_control_panel button[name="action_merge"]',
            run: "click",
        },
        {
            content: "What moves is told beforehand",
            trigger: '.modal .o_field_widget[name="preview"] table tbody tr',
        },
        {
            content: "Do it",
            trigger: '.modal button[name="action_merge"]',
            run: "click",
            expectUnloadPage: true,
        },
        goToMessages,
        {
            content: "The conversation of both is in the survivor",
            trigger: ".o_form_view .o-mail-Message:contains('Word of the source')",
        },
        {
            content: "And its own",
            trigger: ".o-mail-Message:contains('Word of the survivor')",
        },
        openLinks,
        {
            content: "Undo it",
            trigger: inLinks('.o_field_widget[name="merge_in_ids"] button[name="action_undo"]'),
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is as before",
            trigger: ".o_form_view:not(:has(.o_field_widget[name='merge_in_ids']:visible))",
        },
        goToMessages,
        {
            content: "Its own word is there",
            trigger: ".o-mail-Message:contains('Word of the survivor')",
        },
        {
            content: "The word of the source is gone",
            trigger: ".o-mail-Chatter:not(:has(.o-mail-Message:contains('Word of the source')))",
        },
        {
            content: "Open the menu of a message",
            trigger: ".o-mail-Message:contains('Word of the survivor')",
            run: "hover && click .o-mail-Message:contains('Word of the survivor') .o-mail-Message-actions button[name^='more-action']",
        },
        {
            content: "It is about something else",
            trigger: "[name='crm-split']",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger: '.modal .o_data_row td[name="is_chosen"] input:checked',
        },
        {
            content: "Open a ticket for it",
            trigger: '.modal button[name="action_split"]',
            run: "click",
            expectUnloadPage: true,
        },
        openLinks,
        {
            content: "It knows where it comes from",
            trigger: inLinks('.o_field_widget[name="link_ids"] .o_data_row'),
        },
    ],
});

// Opened on the same list
registry.category("web_tour.tours").add("crm_suite_helpdesk_incident", {
    steps: () => [
        ...chooseRows("Choose both"),
        {
            content: "They share one cause",
            trigger:
                '.o_list_view button[name="action_put_under_incident"], .o_control_panel button[name="action_put_under_incident"]',
            run: "click",
        },
        {
            content: "Which nobody wrote down yet",
            trigger: '.modal .o_field_widget[name="is_new"] input[data-value="yes"]',
            run: "click",
        },
        {
            content: "Name it",
            trigger: '.modal .o_field_widget[name="name"] input',
            run: "edit The tour cut the power",
        },
        {
            content: "Put them under it",
            trigger: '.modal button[name="action_link"]',
            run: "click",
        },
        {
            content: "Answer everybody",
            trigger: '.o_form_view button[name="action_reply_to_all"]',
            run: "click",
        },
        {
            content: "What to say",
            trigger: '.modal .o_field_widget[name="body"] .odoo-editor-editable',
            run: "editor The light is on again",
        },
        {
            content: "And that is it",
            trigger: '.modal .o_field_widget[name="solve"] input',
            run: "click",
        },
        {
            content: "Send it",
            trigger: '.modal button[name="action_send"]',
            run: "click",
        },
        {
            content: "Done",
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "None of its tickets is open",
            trigger: '.o_form_view:not(:has(button[name="action_reply_to_all"]:visible))',
        },
    ],
});

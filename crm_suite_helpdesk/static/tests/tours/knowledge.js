import { registry } from "@web/core/registry";

/** Nothing here is found by its text: the same steps are walked in Arabic. */
registry.category("web_tour.tours").add("crm_suite_helpdesk_articles_agent", {
    steps: () => [
        {
            content: "Open what helps with the answer",
            trigger: ".o_form_view .nav-link[name=assistant]",
            run: "click",
        },
        {
            content: "Look at the articles",
            trigger: ".o_crm_assistant [data-panel=articles]",
            run: "click",
        },
        {
            content: "One fits the ticket",
            trigger: ".o_crm_article a:contains('Lamps')",
        },
        {
            content: "Look for another one",
            trigger: ".o_crm_articles_search",
            run: "edit goodwill",
        },
        {
            content: "It is for colleagues, so it cannot go into the answer",
            trigger:
                ".o_crm_article:has(a:contains('Goodwill')):not(:has(.o_crm_article_link))" +
                ":not(:has(.o_crm_article_text))",
        },
        {
            content: "Back to what fits",
            trigger: ".o_crm_articles_search",
            run: "clear",
        },
        {
            content: "Put its link into the answer",
            trigger: ".o_crm_article:has(a:contains('Lamps')) .o_crm_article_link",
            run: "click",
        },
        {
            content: "It is in the composer",
            trigger: ".o-mail-Composer",
        },
        {
            content: "Send it",
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "The customer gets the link",
            trigger: ".o-mail-Message a[href*='/help/article/']",
        },
    ],
});

registry.category("web_tour.tours").add("crm_suite_helpdesk_articles_customer", {
    steps: () => [
        {
            content: "Begin a ticket",
            trigger: "#ticket_subject",
            run: "edit the lamp does not shine",
        },
        {
            content: "An article may help",
            trigger: "#ticket_suggestions .o_help_suggestions:visible a:contains('Lamps')",
            run() {
                // in this window, where the tour goes on
                this.anchor.target = "_self";
            },
        },
        {
            content: "Read it",
            trigger: "#ticket_suggestions .o_help_suggestions a:contains('Lamps')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It did not help",
            trigger: ".o_help_article ~ .o_help_vote .o_help_no",
            run: "click",
        },
        {
            content: "Say why",
            trigger: "#help_comment",
            run: "edit Which bulb?",
        },
        {
            content: "Send it",
            trigger: ".o_help_send_no",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is thanked for",
            trigger: "#vote .alert-info",
        },
        {
            content: "Look for something",
            trigger: "#help_search",
            run: "edit lamp",
        },
        {
            content: "Search",
            trigger: ".o_help_centre form[role=search] button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is found",
            trigger: ".o_help_link:contains('Lamps')",
        },
    ],
});

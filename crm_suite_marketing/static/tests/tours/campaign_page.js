import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_suite_marketing_campaign_page", {
    steps: () => [
        {
            content: "Half of it is done: one is sent, three are left out",
            trigger: ".o_crm_campaign_running .progress[aria-valuenow='66']",
        },
        {
            content: "It shows who opened it",
            trigger: ".o_crm_campaign_tiles button[name=opened]:contains(1)",
        },
        {
            content: "It adds up",
            trigger: ".o_crm_campaign_sum:not(:has(.alert)):contains(6)",
        },
        {
            content: "Stop it",
            trigger: ".o_crm_campaign_running button[name=pause]",
            run: "click",
        },
        {
            content: "The page says who stopped it",
            trigger: ".o_crm_campaign_reason:contains(marketer)",
        },
        {
            content: "Going on asks how",
            trigger: ".o_crm_campaign_running button[name=resume]",
            run: "click",
        },
        {
            content: "Not yet",
            trigger: ".modal:has([name=overdue_count]) .btn-close",
            run: "click",
        },
        {
            content: "A number opens its records",
            trigger: "body:not(:has(.modal)) .o_crm_campaign_tiles button[name=opened]",
            run: "click",
        },
        {
            content: "The one delivery that was opened",
            trigger: ".o_list_view .o_data_row:contains(amal@customer.example.com)",
        },
    ],
});

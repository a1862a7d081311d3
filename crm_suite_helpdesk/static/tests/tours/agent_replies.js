import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

// Nothing waits to be sent any more
const SENT = "body:not(:has(.o-mail-Scheduled-Message, .o_crm_outbox)) .o-mail-Message";
const COMPOSER = ".o-mail-Composer-input";

/** The customer writes while the agent does. */
async function customerWrites() {
    const [ticketId] = location.pathname.match(/\d+$/);
    const [ticket] = await rpc("/web/dataset/call_kw/crm.ticket/read", {
        model: "crm.ticket",
        method: "read",
        args: [[Number(ticketId)], ["partner_id"]],
        kwargs: {},
    });
    await rpc("/web/dataset/call_kw/crm.ticket/message_post", {
        model: "crm.ticket",
        method: "message_post",
        args: [[ticket.id]],
        kwargs: {
            body: "Tour: it works again",
            author_id: ticket.partner_id[0],
            message_type: "comment",
            subtype_xmlid: "mail.mt_comment",
        },
    });
}

// No step looks for a text of ours: the tour runs in all languages
registry.category("web_tour.tours").add("crm_suite_helpdesk_agent_replies", {
    steps: () => [
        {
            content: "What helps to answer",
            trigger: ".o_notebook a[name='assistant']",
            run: "click",
        },
        {
            content: "The guide",
            trigger: ".o_crm_assistant button[data-panel='guide']",
            run: "click",
        },
        {
            content: "A step of the guide is done",
            trigger: ".o_crm_guide .o_crm_steps input[type='checkbox']:first",
            run: "click",
        },
        {
            content: "It says who did it",
            trigger: ".o_crm_steps .text-decoration-line-through",
        },
        {
            content: "A decision within the authority of an agent",
            trigger: ".o_crm_authorities .o_crm_decide:first",
            run: "click",
        },
        {
            content: "So much",
            trigger: ".modal .o_field_widget[name='value'] input",
            run: "edit 20",
        },
        {
            content: "Decide",
            trigger: ".modal footer button[name='action_decide']:visible",
            run: "click",
        },
        {
            content: "It is in the guide",
            trigger: "body:not(:has(.modal)) .o_crm_decisions .text-bg-success",
        },
        {
            content: "Canned replies",
            trigger: ".o_crm_assistant [data-panel='replies']",
            run: "click",
        },
        {
            content: "Find one",
            trigger: ".o_crm_reply_search",
            run: "edit tour photo",
        },
        {
            content: "Put it into the message",
            trigger: ".o_crm_reply[data-reply='tour photo']",
            run: "click",
        },
        {
            content: "It says what the ticket says",
            trigger: `${COMPOSER}:value('Dear hd_customer')`,
        },
        {
            content: "Send it",
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "Take it back",
            trigger: ".o_crm_outbox .o_notification_buttons button",
            run: "click",
        },
        {
            content: "It is in the composer again",
            trigger: `${COMPOSER}:value('Dear hd_customer')`,
        },
        {
            content: "Meanwhile the customer writes",
            trigger: COMPOSER,
            run: customerWrites,
        },
        {
            content: "Send it again",
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "It is refused, and what he wrote is shown",
            trigger: ".o_crm_newer:contains('Tour: it works again')",
        },
        {
            content: "Go back and think",
            trigger: ".o_crm_read_first",
            run: "click",
        },
        {
            content: "Write a better answer",
            trigger: `body:not(:has(.modal)) ${COMPOSER}`,
            run: "edit Tour: glad to hear it",
        },
        {
            content: "Send that",
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "It goes out when nobody takes it back",
            trigger: `${SENT}:contains('Tour: glad to hear it')`,
            timeout: 30000,
        },
        {
            content: "A note for colleagues",
            trigger: ".o-mail-Chatter-logNote",
            run: "click",
        },
        {
            content: "It looks like one",
            trigger: ".o-mail-Composer .o_crm_private_note",
        },
        {
            content: "Close it",
            trigger: ".o-mail-Chatter-logNote",
            run: "click",
        },
        {
            content: "Macros",
            trigger: ".o_crm_assistant [data-panel='macros']",
            run: "click",
        },
        {
            content: "See what it does",
            trigger: ".o_crm_macro .o_crm_macro_open",
            run: "click",
        },
        {
            content: "The reply is shown",
            trigger: ".o_crm_macro_preview:contains('hd_customer')",
        },
        {
            content: "Use it",
            trigger: ".o_crm_macro .o_crm_macro_use:enabled",
            run: "click",
        },
        {
            content: "Take all of it back",
            trigger: ".o_crm_outbox .o_notification_buttons button",
            run: "click",
        },
        {
            content: "It is taken back",
            trigger: ".o-mail-Message:contains('Tour macro X')",
        },
        {
            content: "Use it after all",
            trigger: ".o_crm_macro .o_crm_macro_use:enabled",
            run: "click",
        },
        {
            content: "The ticket has changed",
            trigger: ".o_field_widget[name='priority'] .fa-star:eq(1)",
        },
        {
            content: "And the customer is told",
            trigger: `${SENT}:contains('Tour macro for')`,
            timeout: 30000,
        },
    ],
});

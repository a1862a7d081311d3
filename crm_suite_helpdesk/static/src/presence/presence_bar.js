import { Chatter } from "@mail/chatter/web_portal/chatter";
import { Composer } from "@mail/core/common/composer";
import { formatList } from "@web/core/l10n/utils";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";

import { Component, onWillUnmount, useEffect, useState } from "@odoo/owl";

/** Above the conversation of a ticket: who else is here, and that the customer has just written. */
export class TicketPresenceBar extends Component {
    static template = "crm_suite_helpdesk.TicketPresenceBar";
    static props = { ticketId: Number };

    setup() {
        this.presence = useService("crm_presence");
        this.store = useState(useService("mail.store"));
        this.state = useState(this.presence.state);
        useEffect(
            (ticketId) => {
                this.presence.enter(ticketId);
                return () => this.presence.leave(ticketId);
            },
            () => [this.props.ticketId]
        );
    }

    get known() {
        return this.state[this.props.ticketId];
    }

    get names() {
        const others = Object.values(this.known?.others || {});
        const pick = (typing) => others.filter((o) => o.typing === typing).map((o) => o.name);
        return { typing: pick(true), viewing: pick(false) };
    }

    get typing() {
        const names = this.names.typing;
        return names.length ? _t("Writing an answer: %s", formatList(names)) : "";
    }

    get viewing() {
        const names = this.names.viewing;
        return names.length ? _t("Also here: %s", formatList(names)) : "";
    }

    get thread() {
        return this.store.Thread.get({ model: "crm.ticket", id: this.props.ticketId });
    }

    /** The customer wrote, and it is not on the screen yet. */
    get isBehind() {
        const newest = this.thread?.isLoaded ? this.thread.newestPersistentMessage?.id : Infinity;
        return Boolean(this.known) && this.known.newest > (newest || 0);
    }

    showNews() {
        this.thread.fetchNewMessages();
    }
}

Object.assign(Chatter.components, { TicketPresenceBar });

patch(Composer.prototype, {
    setup() {
        super.setup(...arguments);
        const { composer } = this.props;
        const presence = this.env.services.crm_presence;
        if (composer.thread?.model !== "crm.ticket" || !this.env.inChatter || !presence) {
            return;
        }
        const ticketId = composer.thread.id;
        useEffect(
            (isTyping) => presence.setTyping(ticketId, isTyping),
            () => [Boolean(this.props.composer.composerText) && this.props.type !== "note"]
        );
        onWillUnmount(() => presence.setTyping(ticketId, false));
    },
});

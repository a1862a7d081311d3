import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

import { reactive } from "@odoo/owl";

// How often we say that somebody is still there, in milliseconds: the server forgets after 90 s
const BEAT = 30000;

/**
 * Who else looks at the tickets that are on this screen, and who writes on them.
 *
 * Colleagues hear of a change through the bus at once; a beat for each ticket on the screen, while its
 * tab is looked at, says that we are still there.
 */
export class Presence {
    constructor(orm, bus) {
        this.orm = orm;
        this.bus = bus;
        // By ticket: {others: {id: {name, typing}}, newest, undo}
        this.state = reactive({});
        this.visits = new Map();
        bus.subscribe("crm.ticket/presence", (news) => this.hear(news));
        document.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "visible") {
                this.visits.forEach((_visit, ticketId) => this.announce(ticketId));
            }
        });
    }

    enter(ticketId) {
        const visit = this.visits.get(ticketId);
        if (visit) {
            visit.count++;
            return;
        }
        this.state[ticketId] = { others: {}, newest: 0, undo: 0 };
        this.visits.set(ticketId, {
            count: 1,
            isTyping: false,
            timer: browser.setInterval(() => this.beat(ticketId), BEAT),
        });
        this.bus.addChannel(`crm.ticket.presence_${ticketId}`);
        this.announce(ticketId);
    }

    leave(ticketId) {
        const visit = this.visits.get(ticketId);
        if (!visit || --visit.count) {
            return;
        }
        browser.clearInterval(visit.timer);
        this.visits.delete(ticketId);
        delete this.state[ticketId];
        this.bus.deleteChannel(`crm.ticket.presence_${ticketId}`);
        this.call(ticketId, "leave");
    }

    beat(ticketId) {
        if (document.visibilityState === "visible") {
            this.announce(ticketId);
        }
    }

    setTyping(ticketId, isTyping) {
        const visit = this.visits.get(ticketId);
        if (visit && visit.isTyping !== isTyping) {
            visit.isTyping = isTyping;
            this.announce(ticketId);
        }
    }

    async announce(ticketId) {
        const visit = this.visits.get(ticketId);
        if (!visit) {
            return;
        }
        const answer = await this.call(ticketId, visit.isTyping ? "type" : "view");
        const state = this.state[ticketId];
        if (state && answer?.others) {
            state.newest = answer.newest;
            state.undo = answer.undo;
            state.others = Object.fromEntries(
                answer.others.map(({ id, name, typing }) => [id, { name, typing }])
            );
        }
    }

    async call(ticketId, state) {
        try {
            return await this.orm.silent.call("crm.ticket.presence", "announce", [ticketId, state]);
        } catch {
            // Whoever cannot say that he is there can work all the same
            return null;
        }
    }

    hear({ ticket, id, name, state }) {
        const known = this.state[ticket];
        if (!known || id === user.userId) {
            return;
        }
        if (state === "leave") {
            delete known.others[id];
        } else {
            known.others[id] = { name, typing: state === "type" };
        }
    }

    getUndoSeconds(ticketId) {
        return this.state[ticketId]?.undo || 0;
    }
}

export const presenceService = {
    dependencies: ["orm", "bus_service"],
    start(env, { orm, bus_service }) {
        return new Presence(orm, bus_service);
    },
};

registry.category("services").add("crm_presence", presenceService);

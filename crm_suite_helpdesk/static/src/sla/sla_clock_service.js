import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { groupBy } from "@web/core/utils/arrays";
import { batched } from "@web/core/utils/timing";

import { nextChangeAt, ServerClock } from "./countdown";

// Others answer, move and solve what is on the screen: how often we ask, in seconds
const ASK_EVERY = 60;
// The machine slept, or its clock was set, when date and age drift apart by more seconds than that
const DRIFT = 3;
const MOST_RECORDS = 500;

/**
 * One timer for everything on the screen that counts down.
 *
 * Whoever joins has `resModel`, `resId`, `live` (what the server said, see `countdown.js`), `refresh()`
 * and `receive(live)`. It is refreshed when something else has to be shown, not more often, and told
 * what the server says when it is asked again.
 */
export class SlaClock {
    constructor(orm) {
        this.orm = orm;
        this.server = new ServerClock();
        this.members = new Set();
        this.timer = null;
        this.schedule = batched(() => this.setTimer());
        this.onVisible = this.onVisible.bind(this);
    }

    /** Age of this machine in seconds; it does not follow its date. */
    get age() {
        return browser.performance.now() / 1000;
    }

    /** What the server said about a record: its present comes with it. */
    hear(live, askedAt) {
        this.server.hear(live.now, this.age, askedAt);
    }

    /** Epoch seconds of the server; whole ones, as it counts. */
    get present() {
        return Math.floor(this.server.present(this.age));
    }

    join(member) {
        if (!this.members.size) {
            this.askedAt = this.age;
            this.drift = Date.now() / 1000 - this.age;
            document.addEventListener("visibilitychange", this.onVisible);
        }
        this.members.add(member);
        this.schedule();
    }

    leave(member) {
        this.members.delete(member);
        if (!this.members.size) {
            document.removeEventListener("visibilitychange", this.onVisible);
            this.clearTimer();
        }
    }

    // ------------------------------------------------------------------
    // Time
    // ------------------------------------------------------------------

    clearTimer() {
        browser.clearTimeout(this.timer);
        this.timer = null;
    }

    setTimer() {
        this.clearTimer();
        if (!this.members.size) {
            return;
        }
        const { age, present } = this;
        let wait = Math.max(1, this.askedAt + ASK_EVERY - age);
        for (const member of this.members) {
            member.changesAt = member.live ? nextChangeAt(member.live, present) : Infinity;
            wait = Math.min(wait, member.changesAt - this.server.present(age));
        }
        this.timer = browser.setTimeout(() => this.tick(), Math.max(wait * 1000, 50));
    }

    tick() {
        const present = this.present;
        for (const member of this.members) {
            if (member.changesAt <= present) {
                member.refresh();
            }
        }
        this.followMachine();
        if (document.visibilityState === "visible" && this.age >= this.askedAt + ASK_EVERY) {
            this.ask();
        }
        this.setTimer();
    }

    /** After the machine slept, its age says nothing about how much time has passed. */
    followMachine() {
        const drift = Date.now() / 1000 - this.age;
        if (Math.abs(drift - this.drift) > DRIFT) {
            this.drift = drift;
            this.askedAt = -Infinity;
        }
    }

    onVisible() {
        if (document.visibilityState === "visible") {
            this.members.forEach((member) => member.refresh());
            this.tick();
        }
    }

    // ------------------------------------------------------------------
    // Asking
    // ------------------------------------------------------------------

    /** Ask again about everything on the screen, with one call for each model. */
    async ask() {
        this.askedAt = this.age;
        const saved = [...this.members].filter((member) => member.resId);
        const models = groupBy(saved, (member) => member.resModel);
        await Promise.all(Object.entries(models).map((group) => this.askModel(...group)));
        this.schedule();
    }

    async askModel(resModel, members) {
        const askedAt = this.age;
        const ids = [...new Set(members.map((member) => member.resId))].slice(0, MOST_RECORDS);
        let answer;
        try {
            answer = await this.orm.silent.call(resModel, "get_sla_live", [ids]);
        } catch {
            // Without the server, what it said last goes on counting
            return;
        }
        this.hear(answer, askedAt);
        for (const member of members) {
            const live = answer.live[member.resId];
            if (live !== undefined && this.members.has(member)) {
                member.receive(live);
            }
        }
    }
}

export const slaClockService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        return new SlaClock(orm);
    },
};

registry.category("services").add("crm_sla_clock", slaClockService);

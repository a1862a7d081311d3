import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryText } from "@odoo/hoot-dom";
import { animationFrame, mockTimeZone } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";

import { MainComponentsContainer } from "@web/core/main_components_container";

import { SlaStoryDialog } from "@crm_suite_helpdesk/sla/sla_story";

describe.current.tags("crm_suite_helpdesk");
defineMailModels();

const HOUR = 3600;
// Monday, 2 March 2026, midnight
const MIDNIGHT = Date.UTC(2026, 2, 2) / 1000;
const at = (hour) => MIDNIGHT + hour * HOUR;

function told(values = {}) {
    return {
        id: 1,
        key: "resolution",
        metric: "Resolution",
        team: "",
        cycle: 1,
        live: {
            id: 1,
            now: at(16),
            state: "running",
            left: 4 * HOUR,
            deadline: at(35),
            risk: at(34),
            hours: [],
        },
        policy: "Gold",
        revision: 3,
        overridden: false,
        calendar: "Office hours",
        zone: "UTC",
        other_zone: false,
        state: "running",
        result: false,
        started: at(9),
        stopped: null,
        deadline: at(35),
        breached: null,
        since: at(14),
        budget: 8 * HOUR,
        carried: HOUR,
        counted: 4 * HOUR,
        left: 4 * HOUR,
        forgiven: false,
        spans: [
            {
                state: "running",
                from: at(9),
                to: at(10),
                worked: HOUR,
                cause: "Stage changed",
                by: "Amal",
                note: "",
                message: "",
                calendar: "Office hours",
                budget: 10 * HOUR,
            },
            {
                state: "paused",
                pause: "customer",
                from: at(10),
                to: at(14),
                worked: 0,
                cause: "Customer wrote",
                by: "",
                note: "",
                message: "It still burns",
                calendar: "Office hours",
                budget: false,
            },
            {
                state: "running",
                from: at(14),
                to: null,
                worked: 2 * HOUR,
                because: "Customer wrote",
                calendar: "Office hours",
            },
        ],
        way: {
            from: at(14),
            left: 6 * HOUR,
            hours: [
                [at(14), at(17)],
                [at(32), at(35)],
            ],
            more: false,
        },
        ...values,
    };
}

async function mountStory(...clocks) {
    onRpc("crm.ticket", "get_sla_story", ({ args }) => {
        expect.step(args[0]);
        return { now: at(16), ticket: "T00007 Lamp", clocks };
    });
    mockTimeZone(0);
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(SlaStoryDialog, { ticketId: 7 });
    await animationFrame();
    await animationFrame();
    expect.verifySteps([7]);
}

/** Without the marks that keep figures from left to right. */
function plain(text) {
    return text.replace(/[\u2066\u2069]/g, "");
}

test("the sum, in figures that can be checked", async () => {
    await mountStory(told());
    const [counted, left] = queryAllTexts("[data-name=arithmetic] > div > span:last-child");
    expect(plain(counted)).toBe("1:00 + 1:00 + 2:00 = 4:00");
    expect(plain(left)).toBe("8:00 − 4:00 = 4:00");
    expect(queryText("[data-name=sentence]")).toMatch(/^4 h 00 min of working time/);
});

test("every span with its cause, who it was, the hours and the target of then", async () => {
    await mountStory(told());
    const spans = queryAllTexts(".o_crm_sla_span").map(plain);
    expect(spans).toHaveLength(4);
    expect(spans[0]).toMatch(/Carried over/);
    expect(spans[1]).toMatch(/until: Stage changed · Amal/);
    expect(spans[1]).toMatch(/Office hours/);
    expect(spans[1]).toMatch(/of 10:00 promised then/);
    expect(spans[2]).toMatch(/Waiting for the customer/);
    expect(spans[2]).toMatch(/It still burns/);
    expect(spans[3]).toMatch(/since .*because: Customer wrote/s);
});

test("the way to the deadline, day by day", async () => {
    await mountStory(told());
    const rows = queryAllTexts(".o_crm_sla_way tbody td.text-end").map(plain);
    expect(rows).toEqual(["3:00", "3:00", "3:00", "0:00"]);
    expect(".o_crm_sla_way [data-name=deadline]").toHaveText(/3 Mar|Mar 3/);
});

test("late: how much over the target, and no more is left", async () => {
    await mountStory(told({ counted: 9.5 * HOUR, left: -1.5 * HOUR, deadline: at(15) }));
    const left = queryAllTexts("[data-name=arithmetic] > div > span:last-child")[1];
    expect(plain(left)).toBe("8:00 − 9:30 = −1:30");
    expect(queryText("[data-name=sentence]")).toMatch(/^The deadline was on/);
});

test("what stands still has no deadline", async () => {
    await mountStory(told({ state: "paused", deadline: null, way: false }));
    expect(".o_crm_sla_way").toHaveCount(0);
    expect(queryText("[data-name=sentence]")).toMatch(/^It stands still/);
});

test("a breach of before stays one, whatever the target is now", async () => {
    await mountStory(
        told({ counted: 9 * HOUR, left: -HOUR, breached: at(12), deadline: at(12), way: false })
    );
    expect(queryText("[data-name=sentence]")).toMatch(/^It was missed on/);
});

test("one promise at a time, the most urgent first", async () => {
    const other = told({ id: 2, key: "first_response", metric: "First response", carried: 0 });
    await mountStory(told(), other);
    expect(".list-group-item.active").toHaveText(/Resolution/);
    await click("[data-metric=first_response]");
    await animationFrame();
    expect(".list-group-item.active").toHaveText(/First response/);
    expect(".o_crm_sla_span").toHaveCount(3);
});

test("nothing promised is said", async () => {
    await mountStory();
    expect(".modal-body").toHaveText(/Nothing is promised/);
});

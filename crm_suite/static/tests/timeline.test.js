import { describe, expect, test } from "@odoo/hoot";
import { click, edit, press, queryAll, queryAllAttributes, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate, mockTimeZone } from "@odoo/hoot-mock";
import { Deferred } from "@web/core/utils/concurrency";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

import { getSearchWords, normalize, splitMatches } from "@crm_suite/timeline/text_match";
import { CrmTimeline } from "@crm_suite/timeline/timeline";

describe.current.tags("crm_suite");
defineMailModels();

const SOURCES = [
    { key: "interaction", label: "Interactions", icon: "fa-comments-o", chip: "Interactions" },
    { key: "invoice", label: "Invoices", icon: "fa-file-text-o", chip: "Invoices" },
    { key: "sent", label: "Campaign Mail", icon: "fa-bullhorn", chip: "Campaigns" },
    { key: "opened", label: "Campaign Opened", icon: "fa-envelope-open-o", chip: "Campaigns" },
];
const FIRST = ["2026-03-01T08:00:00", "x", 2];

function row(id, date, values = {}) {
    return {
        source: "interaction",
        id,
        date,
        label: "Phone",
        icon: "fa-phone",
        res_model: "crm.interaction",
        res_id: id,
        title: `Call ${id}`,
        ...values,
    };
}

/** Serves pages in turn and notes what was asked for: the page and what narrows it. */
function servePages(...pages) {
    onRpc("crm.timeline", "get_sources", () => SOURCES);
    onRpc("crm.timeline", "get_page", ({ args, kwargs }) => {
        const { cursor, sources, search, until } = kwargs;
        const step = [...args, cursor];
        if (sources || search || until) {
            step.push(sources, search, until);
        }
        expect.step(step);
        const page = pages.shift() || { rows: [], cursor: null };
        if (page instanceof Error) {
            throw page;
        }
        return page;
    });
    onRpc("has_access", () => true);
}

/** Nothing comes near by itself: a test scrolls when it says so. */
function mockScroll() {
    const observers = new Set();
    patchWithCleanup(window, {
        IntersectionObserver: class {
            constructor(callback) {
                this.callback = callback;
            }
            observe() {
                observers.add(this);
            }
            disconnect() {
                observers.delete(this);
            }
        },
    });
    return () =>
        observers.forEach((observer) =>
            observer.callback([{ isIntersecting: false }, { isIntersecting: true }])
        );
}

async function mountTimeline(props = {}) {
    mockDate("2026-03-10 12:00:00");
    mockTimeZone(+3);
    const timeline = await mountWithCleanup(CrmTimeline, {
        props: { resModel: "res.partner", resId: 7, ...props },
    });
    await animationFrame();
    return timeline;
}

const PARTNER = ["res.partner", 7, null];

test("rows are grouped by the day of the reader", async () => {
    mockScroll();
    servePages({
        rows: [
            row(6, "2026-03-12 08:00:00"),
            row(5, "2026-03-11 08:00:00"),
            // 01:30 on the tenth where the reader is
            row(4, "2026-03-09 22:30:00", {
                state: "Interested",
                author: "Omar",
                preview: "Soon",
                next_step: "Send prices",
                next_step_date: "2026-03-09",
            }),
            row(3, "2026-03-09 10:00:00"),
            row(2, "2026-02-01 00:00:00", { source: "invoice", date_only: true, amount: "$ 5.00" }),
        ],
        cursor: null,
    });
    await mountTimeline();
    expect.verifySteps([PARTNER]);
    expect(queryAllTexts(".o_crm_timeline_day h3")).toEqual([
        "Thursday, March 12, 2026",
        "Tomorrow",
        "Today",
        "Yesterday",
        "Sunday, February 1, 2026",
    ]);
    expect(".o_crm_timeline_planned").toHaveCount(2);
    expect(".o_crm_timeline_day:first .badge").toHaveText("Planned");
    expect(".o_crm_timeline_day:eq(2)").toHaveText(/Call 4\s+Interested\s+Soon/);
    expect(".o_crm_timeline_step").toHaveText(/Send prices\s+Mar 9, 2026/);
    expect(".o_crm_timeline_step").toHaveClass("text-danger");
    expect(".o_crm_timeline_day:last .o_crm_timeline_amount").toHaveText("$ 5.00");
    expect(".o_crm_timeline_more").toHaveCount(0);
    expect("[role=status]").toHaveText("Events shown: 5");
});

test("more is loaded when the end comes near, and never twice", async () => {
    const scroll = mockScroll();
    const served = new Deferred();
    servePages({ rows: [row(2, "2026-03-01 08:00:00")], cursor: FIRST });
    await mountTimeline();
    onRpc("crm.timeline", "get_page", async ({ args, kwargs }) => {
        expect.step([...args, kwargs.cursor]);
        await served;
        // the row that is there already has moved onto this page
        return {
            rows: [row(2, "2026-03-01 08:00:00"), row(1, "2026-03-01 07:00:00")],
            cursor: null,
        };
    });
    scroll();
    scroll();
    await animationFrame();
    expect("[role=status]").toHaveText("Loading the timeline…");
    expect(".o_crm_timeline_more").not.toBeEnabled();
    served.resolve();
    await animationFrame();
    await animationFrame();
    expect.verifySteps([PARTNER, ["res.partner", 7, FIRST]]);
    expect(queryAllTexts(".o_crm_timeline_row a")).toEqual(["Call 2", "Call 1"]);
    expect(".o_crm_timeline_day").toHaveCount(1);
    expect(".o_crm_timeline_more").toHaveCount(0);
});

test("more is loaded with the button; what fails can be tried again", async () => {
    mockScroll();
    servePages({ rows: [row(2, "2026-03-01 08:00:00")], cursor: FIRST }, new Error("no"), {
        rows: [row(1, "2026-03-01 07:00:00")],
        cursor: null,
    });
    await mountTimeline();
    await click(".o_crm_timeline_more");
    await animationFrame();
    expect(".o_crm_timeline_end [role=alert]").toHaveCount(1);
    expect(".o_crm_timeline_row").toHaveCount(1);
    await click(".o_crm_timeline_more");
    await animationFrame();
    expect(".o_crm_timeline_end").toHaveCount(0);
    expect(".o_crm_timeline_row").toHaveCount(2);
    expect.verifySteps([PARTNER, ["res.partner", 7, FIRST], ["res.partner", 7, FIRST]]);
});

test("pages without anything to see are turned", async () => {
    mockScroll();
    servePages(
        { rows: [], cursor: FIRST },
        { rows: [], cursor: ["2026-02-01T08:00:00", "x", 1] },
        { rows: [row(1, "2026-01-01 08:00:00")], cursor: null }
    );
    await mountTimeline();
    expect(".o_crm_timeline_row").toHaveCount(1);
    expect.verifySteps([
        PARTNER,
        ["res.partner", 7, FIRST],
        ["res.partner", 7, ["2026-02-01T08:00:00", "x", 1]],
    ]);
});

test("chips filter, several at once; sources can share a chip", async () => {
    mockScroll();
    servePages();
    await mountTimeline();
    expect(queryAllAttributes("[data-source]", "data-source")).toEqual([
        "interaction",
        "invoice",
        "sent",
    ]);
    await click("[data-source=sent]");
    await animationFrame();
    await click("[data-source=invoice]");
    await animationFrame();
    expect("[data-source=sent]").toHaveClass("active");
    expect("[data-source=sent]").toHaveAttribute("aria-pressed", "true");
    await click("[data-source=sent]");
    await animationFrame();
    expect(".o_crm_timeline_empty").toHaveText(/no events of this kind/);
    await click(".o_crm_timeline_reset");
    await animationFrame();
    expect.verifySteps([
        PARTNER,
        [...PARTNER, ["sent", "opened"], "", null],
        [...PARTNER, ["sent", "opened", "invoice"], "", null],
        [...PARTNER, ["invoice"], "", null],
        PARTNER,
    ]);
});

test("the search waits until nobody types, marks what it found, and is cleared", async () => {
    mockScroll();
    const title = "مكالمة مع أحمد عن المكتبة";
    servePages(
        { rows: [row(1, "2026-03-01 08:00:00")], cursor: null },
        { rows: [row(2, "2026-03-01 08:00:00", { title, preview: "Ahmed" })], cursor: null }
    );
    await mountTimeline();
    await click(".o_crm_timeline_search input");
    await edit("احمد مكتبه");
    await advanceTime(100);
    expect.verifySteps([PARTNER]);
    await advanceTime(300);
    await animationFrame();
    expect.verifySteps([[...PARTNER, null, "احمد مكتبه", null]]);
    expect(queryAllTexts("mark")).toEqual(["أحمد", "مكتبة"]);
    expect(".o_crm_timeline_title a").toHaveText(title);
    await press("Escape");
    await animationFrame();
    expect.verifySteps([PARTNER]);
    expect(".o_crm_timeline_search input").toHaveValue("");
    expect(".o_crm_timeline_search input").toBeFocused();
    expect(".o_crm_timeline_clear").toHaveCount(0);
});

test("nothing found", async () => {
    mockScroll();
    servePages({ rows: [row(1, "2026-03-01 08:00:00")], cursor: null });
    await mountTimeline();
    await click(".o_crm_timeline_search input");
    await edit("zebra", { confirm: "enter" });
    await animationFrame();
    expect(".o_crm_timeline_empty").toHaveText(/Nothing found/);
    expect("[role=status]").toHaveText("Nothing found");
    expect(".o_crm_timeline_row").toHaveCount(0);
    await click(".o_crm_timeline_clear");
    await animationFrame();
    expect.verifySteps([PARTNER, [...PARTNER, null, "zebra", null], PARTNER]);
});

test("only the last answer counts", async () => {
    mockScroll();
    const slow = new Deferred();
    servePages();
    await mountTimeline();
    onRpc("crm.timeline", "get_page", async ({ kwargs }) => {
        if (kwargs.sources.length === 1) {
            await slow;
            return { rows: [row(1, "2026-03-01 08:00:00")], cursor: null };
        }
        return { rows: [row(2, "2026-03-01 08:00:00")], cursor: null };
    });
    await click("[data-source=invoice]");
    await animationFrame();
    await click("[data-source=interaction]");
    await animationFrame();
    slow.resolve();
    await animationFrame();
    expect(queryAllTexts(".o_crm_timeline_row a")).toEqual(["Call 2"]);
    expect.verifySteps([PARTNER]);
});

test("jump to a day and back", async () => {
    mockScroll();
    servePages({ rows: [row(1, "2026-03-01 08:00:00")], cursor: null });
    await mountTimeline();
    await click(".o_crm_timeline_jump");
    await animationFrame();
    await click(".o_date_item_cell:contains(/^5$/):first");
    await animationFrame();
    await animationFrame();
    expect(".o_crm_timeline_until").toHaveText(/Up to March 5, 2026/);
    await click(".o_crm_timeline_today");
    await animationFrame();
    expect(".o_crm_timeline_until").toHaveCount(0);
    expect.verifySteps([PARTNER, [...PARTNER, null, "", "2026-03-05"], PARTNER]);
});

test("a click opens the record; nothing to open, nothing to click", async () => {
    mockScroll();
    mockService("action", {
        doAction({ res_model, res_id }) {
            expect.step([res_model, res_id]);
        },
    });
    servePages({
        rows: [
            row(2, "2026-03-01 08:00:00", { res_model: "sale.order", res_id: 9 }),
            row(1, "2026-03-01 07:00:00", { res_model: false, res_id: false }),
        ],
        cursor: null,
    });
    await mountTimeline();
    expect(".o_crm_timeline_row:last a").toHaveCount(0);
    expect(".o_crm_timeline_row:first a").toHaveAttribute("href", "/odoo/sale.order/9");
    await click(".o_crm_timeline_row:first a");
    expect.verifySteps([PARTNER, ["sale.order", 9]]);
});

test("who comes back finds his place", async () => {
    mockScroll();
    mockService("action", { doAction() {} });
    const rows = [row(3, "2026-03-03 08:00:00"), row(2, "2026-03-02 08:00:00")];
    servePages({ rows, cursor: null }, { rows, cursor: null }, { rows, cursor: null });
    const first = await mountTimeline({ resId: 8 });
    await click("[data-source=interaction]");
    await animationFrame();
    await click(".o_crm_timeline_row:last a");
    first.__owl__.app.destroy();
    await mountTimeline({ resId: 8 });
    await animationFrame();
    expect("button[data-source=interaction]").toHaveClass("active");
    expect(".o_crm_timeline_row:last a").toBeFocused();
    expect.verifySteps([
        ["res.partner", 8, null],
        ["res.partner", 8, null, ["interaction"], "", null],
        ["res.partner", 8, null, ["interaction"], "", null],
    ]);
});

test("log an interaction of a kind; what is new is shown", async () => {
    mockScroll();
    mockService("action", {
        doAction(action, { onClose }) {
            expect.step(action.context);
            onClose();
        },
    });
    onRpc("sale.order", "action_log_interaction", ({ args }) => {
        expect.step(args);
        return { context: { default_order_id: 7, default_channel: "phone" } };
    });
    onRpc("crm.interaction", "fields_get", () => ({
        channel: {
            selection: [
                ["phone", "Phone Call"],
                ["visit", "Visit"],
            ],
        },
    }));
    const first = { rows: [row(1, "2026-03-01 08:00:00")], cursor: null };
    servePages(first, { rows: [row(2, "2026-03-02 08:00:00"), ...first.rows], cursor: null });
    await mountTimeline({ resModel: "sale.order" });
    await animationFrame();
    await click(".o_crm_timeline_channels");
    await animationFrame();
    await click("[data-channel=visit]");
    await animationFrame();
    await advanceTime(500);
    await animationFrame();
    expect(queryAllTexts(".o_crm_timeline_row a")).toEqual(["Call 2", "Call 1"]);
    expect.verifySteps([
        ["sale.order", 7, null],
        [7],
        { default_order_id: 7, default_channel: "visit" },
        ["sale.order", 7, null],
    ]);
});

test("print what is on the screen", async () => {
    mockScroll();
    mockService("action", {
        doAction(action, { additionalContext }) {
            expect.step([action, additionalContext]);
        },
    });
    servePages();
    await mountTimeline();
    await click("[data-source=sent]");
    await animationFrame();
    await click(".o_crm_timeline_print");
    expect.verifySteps([
        PARTNER,
        [...PARTNER, ["sent", "opened"], "", null],
        [
            "crm_suite.crm_timeline_print_action",
            {
                default_res_model: "res.partner",
                default_res_id: 7,
                default_sources: "sent,opened",
                default_words: "",
                default_date_to: false,
            },
        ],
    ]);
});

test("who may not log interactions is not asked to", async () => {
    mockScroll();
    servePages({
        rows: [row(1, "2026-03-01 08:00:00", { source: "mail" })],
        cursor: null,
    });
    onRpc("has_access", () => false);
    await mountTimeline();
    expect(".o_crm_timeline_row").toHaveCount(1);
    expect(".o_crm_timeline_log").toHaveCount(0);
    expect(".o_crm_timeline_outcome").toHaveCount(0);
    expect.verifySteps([PARTNER]);
});

test("loading, then empty", async () => {
    mockScroll();
    const served = new Deferred();
    onRpc("has_access", () => true);
    onRpc("crm.timeline", "get_sources", () => SOURCES);
    onRpc("crm.timeline", "get_page", async () => {
        await served;
        return { rows: [], cursor: null };
    });
    await mountTimeline();
    expect(".o_crm_timeline_loading").toHaveCount(1);
    expect("[role=status]").toHaveText("Loading the timeline…");
    served.resolve();
    await animationFrame();
    await animationFrame();
    expect(".o_crm_timeline_loading").toHaveCount(0);
    expect(".o_crm_timeline_empty").toHaveText(/No history with this customer yet/);
});

test("an error is told and can be retried", async () => {
    mockScroll();
    servePages(new Error("no"), { rows: [row(1, "2026-03-01 08:00:00")], cursor: null });
    await mountTimeline();
    expect(".alert").toHaveText(/could not be loaded/);
    await click(".alert button");
    await animationFrame();
    expect(".alert").toHaveCount(0);
    expect(".o_crm_timeline_row").toHaveCount(1);
    expect.verifySteps([PARTNER, PARTNER]);
});

test("without a record nothing is asked for", async () => {
    mockScroll();
    servePages();
    await mountTimeline({ resId: false });
    expect(".o_crm_timeline").toHaveCount(1);
    expect(".o_crm_timeline_head").toHaveCount(0);
    expect.verifySteps([]);
});

test("each day is a named list for a screen reader", async () => {
    mockScroll();
    servePages({
        rows: [row(2, "2026-03-02 08:00:00"), row(1, "2026-03-01 08:00:00")],
        cursor: null,
    });
    await mountTimeline();
    expect(queryAll("section[aria-label] ol > li")).toHaveLength(2);
    expect(queryAllAttributes("section", "aria-label")).toEqual([
        "Monday, March 2, 2026",
        "Sunday, March 1, 2026",
    ]);
    expect(queryAll("button:not([type=button])")).toHaveLength(0);
    expect.verifySteps([PARTNER]);
});

describe("words", () => {
    test("one spelling, as on the server", () => {
        for (const [text, expected] of [
            ["أَحْمَد", "احمد"],
            ["مكتبة", "مكتبه"],
            ["على", "علي"],
            ["بهاء", "بها"],
            ["ســلام", "سلام"],
            ["١٢٣ ۴۵", "123 45"],
            ["Éric  ÖZGÜR", "eric ozgur"],
            ["\u200fنور\u200e", "نور"],
            ["", ""],
        ]) {
            expect(normalize(text)).toBe(expected);
        }
    });

    test("what was typed", () => {
        expect(getSearchWords(' Price  "forty desks" price ')).toEqual(["forty desks", "price"]);
        expect(getSearchWords("")).toEqual([]);
    });

    test("where they are", () => {
        const marked = (text, typed) =>
            splitMatches(text, getSearchWords(typed))
                .map((part) => (part.isMatch ? `[${part.text}]` : part.text))
                .join("");
        expect(marked("خَصْمًا على الكمية", "خصم")).toBe("[خَصْمً]ا على الكمية");
        expect(marked("Invoice INV/2026/0001", "2026/0001 invo")).toBe("[Invo]ice INV/[2026/0001]");
        expect(marked("a banana", "a")).toBe("[a] banana");
        expect(marked("no match", "zebra")).toBe("no match");
        expect(marked("🙂 smile", "smile")).toBe("🙂 [smile]");
        expect(marked("", "x")).toBe("");
    });
});

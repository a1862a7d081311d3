import { useDateTimePicker } from "@web/core/datetime/datetime_picker_hook";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { rpcBus } from "@web/core/network/rpc";
import { user } from "@web/core/user";
import { useBus, useService } from "@web/core/utils/hooks";
import { closestScrollableY } from "@web/core/utils/scrolling";
import { useDebounced } from "@web/core/utils/timing";

import {
    Component,
    markRaw,
    onWillStart,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";

import { getSearchWords } from "./text_match";
import { getChips } from "./timeline_kinds_field";
import { CrmTimelineRow, getRowDate } from "./timeline_row";

const { DateTime } = luxon;

const PAGE_SIZE = 40;
// More rows than this are never sent at once
const MAX_PAGE_SIZE = 200;
// A page can come back without any row that the reader may see, but with more behind it
const MAX_EMPTY_PAGES = 8;
const SEARCH_DELAY = 300;
const REFRESH_DELAY = 150;
// How long before the end the next page is asked for, in pixels
const LOAD_AHEAD = 600;
// How long the place is kept of somebody who opened a record from here
const PLACE_MINUTES = 30;

/** Where readers were when they opened a record, by the record whose history they read. */
const places = new Map();

function getRowKey(row) {
    return `${row.source},${row.id}`;
}

/** Whether an answer of the server says that there is something new to see. */
function isNews({ data, error }) {
    const { model, method, thread_model: thread } = data.params || {};
    if (error) {
        return false;
    }
    return (
        (thread && "post_data" in data.params) ||
        (model === "mail.compose.message" && method === "action_send_mail") ||
        (model === "mail.activity" && method.startsWith("action_feedback")) ||
        (model === "crm.interaction" && ["web_save", "create", "write", "unlink"].includes(method))
    );
}

/**
 * The history of a customer, newest first, grouped by day. Reads `crm.timeline` page by page.
 *
 * Props:
 * - resModel, resId: the record whose customer it is about; no id, no history
 * - partnerId: the customer, when the history can be shown on a page of its own
 * - revision: whatever changes when the history has to be read again
 * - isPage: whether it fills a page
 */
export class CrmTimeline extends Component {
    static template = "crm_suite.Timeline";
    static components = { CrmTimelineRow, Dropdown, DropdownItem };
    static props = {
        resModel: String,
        resId: { type: [Number, Boolean] },
        partnerId: { type: [Number, Boolean], optional: true },
        revision: { optional: true },
        isPage: { type: Boolean, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.field = useService("field");
        this.rootRef = useRef("root");
        this.endRef = useRef("end");
        this.searchRef = useRef("search");
        this.call = 0;
        this.state = useState({
            status: "loading",
            isLoadingMore: false,
            isMoreFailed: false,
            rows: [],
            cursor: null,
            sources: [],
            channels: [],
            active: [],
            typed: "",
            search: "",
            until: false,
            canLog: false,
        });
        this.words = [];
        this.openRow = this.openRow.bind(this);
        this.giveOutcome = this.giveOutcome.bind(this);
        this.searchSoon = useDebounced(this.applySearch, SEARCH_DELAY);
        this.refreshSoon = useDebounced(this.refresh, REFRESH_DELAY);
        this.datePicker = this.useJump();
        this.useLoadAhead();
        this.useReturn();
        // the frame is shown at once, the first page when it is here
        onWillStart(() => {
            this.start();
        });
        onWillUpdateProps((nextProps) => {
            if (
                nextProps.resModel !== this.props.resModel ||
                nextProps.resId !== this.props.resId
            ) {
                this.reset(
                    { rows: [], cursor: null, sources: [], typed: "", search: "", until: false },
                    nextProps
                );
            } else if (nextProps.revision !== this.props.revision) {
                this.refreshSoon();
            }
        });
        useBus(rpcBus, "RPC:RESPONSE", ({ detail }) => isNews(detail) && this.refreshSoon());
    }

    useJump() {
        const timeline = this;
        return useDateTimePicker({
            target: "jump",
            ensureVisibility: () => false,
            get pickerProps() {
                const { until } = timeline.state;
                return { type: "date", value: until ? deserializeDate(until) : false };
            },
            onApply: (date) => this.jump(date),
        });
    }

    /** Asks for the next page when the end comes near, wherever it is that scrolls. */
    useLoadAhead() {
        useEffect(
            (end) => {
                if (!end) {
                    return;
                }
                const observer = new IntersectionObserver(
                    (entries) => entries.at(-1).isIntersecting && this.loadMore(),
                    {
                        root: closestScrollableY(end.parentElement),
                        rootMargin: `0px 0px ${LOAD_AHEAD}px 0px`,
                    }
                );
                observer.observe(end);
                return () => observer.disconnect();
            },
            () => [this.endRef.el, this.state.cursor]
        );
    }

    // ------------------------------------------------------------------
    // Data
    // ------------------------------------------------------------------

    async start() {
        const place = this.takePlace();
        if (place) {
            Object.assign(this.state, place.filters);
        }
        this.load(place?.count);
        this.state.canLog = await user.checkAccessRight("crm.interaction", "create");
    }

    /** Read from the beginning. Whatever is still on its way is forgotten. */
    async load(count = PAGE_SIZE, props = this.props) {
        const call = ++this.call;
        const { state } = this;
        state.isLoadingMore = false;
        if (!props.resId) {
            Object.assign(state, { status: "ready", rows: [], cursor: null });
            return;
        }
        if (!state.rows.length) {
            state.status = "loading";
        }
        const isStale = state.status !== "ready";
        try {
            const [sources, page] = await Promise.all([
                state.sources.length
                    ? state.sources
                    : this.orm.silent.call("crm.timeline", "get_sources", [
                          props.resModel,
                          props.resId,
                      ]),
                this.fetch(null, count, call, props),
            ]);
            if (call === this.call) {
                this.words = getSearchWords(state.search);
                Object.assign(state, { status: "ready", isMoreFailed: false, sources, ...page });
                if (isStale && this.props.isPage) {
                    closestScrollableY(this.rootRef.el)?.scrollTo({ top: 0 });
                }
            }
        } catch {
            if (call === this.call) {
                Object.assign(state, isStale ? { rows: [], cursor: null } : {}, {
                    status: "error",
                });
            }
        }
    }

    /** Never two at once: whoever asks while a page is on its way gets nothing. */
    async loadMore() {
        const { state } = this;
        if (state.isLoadingMore || state.status !== "ready" || !state.cursor) {
            return;
        }
        const call = this.call;
        Object.assign(state, { isLoadingMore: true, isMoreFailed: false });
        try {
            const page = await this.fetch(state.cursor, PAGE_SIZE, call);
            if (call === this.call) {
                const known = new Set(state.rows.map(getRowKey));
                state.rows.push(...page.rows.filter((row) => !known.has(getRowKey(row))));
                state.cursor = page.cursor;
            }
        } catch {
            if (call === this.call) {
                state.isMoreFailed = true;
            }
        } finally {
            if (call === this.call) {
                state.isLoadingMore = false;
            }
        }
    }

    /** Read what is shown once more, without moving anything. */
    refresh() {
        return this.load(Math.max(this.state.rows.length, PAGE_SIZE));
    }

    /** Read something else. What is shown stays until then, so that nothing jumps. */
    reset(values, props = this.props) {
        Object.assign(this.state, { status: "loading", ...values });
        return this.load(PAGE_SIZE, props);
    }

    /**
     * @param {Array | null} cursor
     * @param {number} count rows wanted
     * @param {number} call the request for which it is
     * @returns {Promise<{ rows: Object[], cursor: Array | null }>}
     */
    async fetch(cursor, count, call, props = this.props) {
        const rows = [];
        let pages = Math.ceil(count / MAX_PAGE_SIZE);
        let attempts = pages + MAX_EMPTY_PAGES;
        do {
            const page = await this.orm.silent.call(
                "crm.timeline",
                "get_page",
                [props.resModel, props.resId],
                {
                    cursor,
                    limit: Math.min(count - rows.length, MAX_PAGE_SIZE),
                    sources: this.state.active.length ? [...this.state.active] : null,
                    search: this.state.search,
                    until: this.state.until || null,
                }
            );
            rows.push(...page.rows.map((row) => markRaw(row)));
            cursor = page.cursor;
            pages--;
            attempts--;
        } while (
            cursor &&
            attempts > 0 &&
            rows.length < count &&
            (pages > 0 || !rows.length) &&
            call === this.call
        );
        return { rows, cursor };
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    get chips() {
        return getChips(this.state.sources);
    }

    isActive(chip) {
        return this.state.active.includes(chip.keys[0]);
    }

    get isFiltered() {
        return Boolean(this.state.active.length || this.state.search || this.state.until);
    }

    /**
     * The rows under the days on which they happened: [{ key, label, rows }]. No day comes twice, even
     * where browser and user have two time zones: what has a day but no time is sorted by the latter.
     */
    get days() {
        const days = new Map();
        for (const row of this.state.rows) {
            const date = getRowDate(row);
            const key = date.toISODate();
            if (!days.has(key)) {
                days.set(key, { key, label: this.getDayLabel(date), rows: [] });
            }
            days.get(key).rows.push(row);
        }
        return [...days.values()].sort((one, other) => (one.key < other.key ? 1 : -1));
    }

    getDayLabel(date) {
        const today = DateTime.now();
        if (date.hasSame(today, "day")) {
            return _t("Today");
        }
        if (date.hasSame(today.minus({ days: 1 }), "day")) {
            return _t("Yesterday");
        }
        if (date.hasSame(today.plus({ days: 1 }), "day")) {
            return _t("Tomorrow");
        }
        return date.toLocaleString(DateTime.DATE_HUGE);
    }

    get untilLabel() {
        return deserializeDate(this.state.until).toLocaleString(DateTime.DATE_FULL);
    }

    /** What a screen reader says when something has changed. */
    get announcement() {
        const { status, isLoadingMore, rows, cursor } = this.state;
        if (status === "loading" || isLoadingMore) {
            return _t("Loading the timeline…");
        }
        if (status !== "ready" || !this.props.resId) {
            return "";
        }
        if (!rows.length && !cursor) {
            return _t("Nothing found");
        }
        return cursor
            ? _t("Events shown: %s. There are more.", rows.length)
            : _t("Events shown: %s", rows.length);
    }

    get rowKey() {
        return getRowKey;
    }

    // ------------------------------------------------------------------
    // Filter, search, jump
    // ------------------------------------------------------------------

    toggleChip(chip) {
        const others = this.state.active.filter((key) => !chip.keys.includes(key));
        this.reset({ active: this.isActive(chip) ? others : [...others, ...chip.keys] });
    }

    showAll() {
        this.reset({ active: [] });
    }

    clearFilters() {
        this.searchSoon.cancel();
        this.reset({ active: [], typed: "", search: "", until: false });
    }

    onSearchInput(ev) {
        this.state.typed = ev.target.value;
        this.searchSoon();
    }

    onSearchKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            ev.stopPropagation();
            this.searchSoon.cancel();
            this.applySearch();
        } else if (ev.key === "Escape" && this.state.typed) {
            ev.stopPropagation();
            this.clearSearch();
        }
    }

    applySearch() {
        const search = this.state.typed.trim();
        if (search !== this.state.search) {
            this.reset({ search });
        }
    }

    clearSearch() {
        this.state.typed = "";
        this.searchSoon.cancel();
        this.applySearch();
        this.searchRef.el?.focus();
    }

    /** @param {luxon.DateTime | false} date the day with which to begin; none: the newest */
    jump(date) {
        const until = date ? date.toISODate() : false;
        if (until !== this.state.until) {
            this.reset({ until });
        }
    }

    // ------------------------------------------------------------------
    // Actions
    // ------------------------------------------------------------------

    openRow(row) {
        this.keepPlace(row);
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                res_model: row.res_model,
                res_id: row.res_id,
                views: [[false, "form"]],
            },
            { newWindow: Boolean(this.env.inDialog) }
        );
    }

    async loadChannels() {
        const { channel } = await this.field.loadFields("crm.interaction", {
            fieldNames: ["channel"],
            attributes: ["selection"],
        });
        this.state.channels = channel.selection.map(([value, label]) => ({ value, label }));
    }

    /** @param {string} [channel] how they talked, when it is known already */
    async logInteraction(channel) {
        const action = await this.orm.call(this.props.resModel, "action_log_interaction", [
            this.props.resId,
        ]);
        if (channel) {
            action.context = { ...action.context, default_channel: channel };
        }
        await this.action.doAction(action, { onClose: () => this.refreshSoon() });
    }

    /** Tell what came of an e-mail. */
    async giveOutcome(row) {
        const action = await this.orm.call("crm.interaction", "action_log_message", [row.id]);
        await this.action.doAction(action, { onClose: () => this.refreshSoon() });
    }

    print() {
        const { active, search, until } = this.state;
        return this.action.doAction("crm_suite.crm_timeline_print_action", {
            additionalContext: {
                default_res_model: this.props.resModel,
                default_res_id: this.props.resId,
                default_sources: active.join(","),
                default_words: search,
                default_date_to: until,
            },
        });
    }

    openPage() {
        return this.action.doAction("crm_suite.crm_timeline_action", {
            additionalContext: { active_id: this.props.partnerId, active_model: "res.partner" },
        });
    }

    // ------------------------------------------------------------------
    // The place of the reader
    // ------------------------------------------------------------------

    get placeKey() {
        return `${this.props.resModel},${this.props.resId}`;
    }

    keepPlace(row) {
        const { rows, active, typed, search, until } = this.state;
        places.set(this.placeKey, {
            at: Date.now(),
            row: getRowKey(row),
            count: rows.length,
            filters: { active: [...active], typed, search, until },
        });
    }

    takePlace() {
        const place = places.get(this.placeKey);
        places.delete(this.placeKey);
        if (place && Date.now() - place.at < PLACE_MINUTES * 60 * 1000) {
            this.place = place;
            return place;
        }
    }

    /** Back to the row that was opened, as soon as it is there again. */
    useReturn() {
        useEffect(
            (hasRows) => {
                if (hasRows && this.place) {
                    const selector = `[data-key="${this.place.row}"]`;
                    const row = this.rootRef.el.querySelector(selector);
                    row?.scrollIntoView({ block: "center" });
                    row?.querySelector("a")?.focus({ preventScroll: true });
                    this.place = null;
                }
            },
            () => [this.state.rows.length > 0]
        );
    }
}

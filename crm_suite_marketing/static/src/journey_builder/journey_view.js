import {
    Component,
    onMounted,
    onPatched,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";

import { PORT, WIDTH, getBounds, getCurve, getPortOffset, mirror, overlaps } from "./geometry";
import { ICONS, getGroup } from "./palette";
import { tidy } from "./tidy";

export const MODEL = "crm.journey.version";
export const FOCUS = "CRM_JOURNEY:FOCUS";
// People walk on while somebody looks
const PERIOD = 15000;
export const READABLE = 0.8;
const [LEAST_ZOOM, MOST_ZOOM] = [0.25, 1.6];

/** A journey as it is seen: steps, ways, numbers, the part of it that is in sight. */
export class JourneyView extends Component {
    static props = {
        versionId: Number,
        // the step to begin with
        focusUid: { type: String, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.canvas = useRef("canvas");
        this.icons = ICONS;
        this.getGroup = getGroup;
        this.isMirrored = localization.direction === "rtl";
        this.state = useState({
            graph: null,
            error: "",
            view: { x: 0, y: 0, zoom: 1 },
            selected: [],
            edge: null,
            link: null,
            undo: [],
            redo: [],
            isFull: false,
        });
        onWillStart(() => this.load(this.props.versionId));
        onWillUpdateProps((next) => {
            if (next.versionId !== this.props.versionId) {
                return this.open(next.versionId);
            }
        });
        onMounted(() => {
            this.fit(READABLE);
            this.focusNode(this.props.focusUid);
            this.watch();
        });
        onPatched(() => this.focusLater && this.focusNow());
        onWillUnmount(() => {
            this.isGone = true;
            browser.clearTimeout(this.timer);
        });
        useExternalListener(document, "visibilitychange", () => this.watch());
        useBus(this.env.bus, FOCUS, ({ detail }) => this.onFocusAsked(detail));
    }

    // ------------------------------------------------------------------ reading

    get graph() {
        return this.state.graph;
    }

    get isEditable() {
        return this.graph.is_editable;
    }

    get showsCounts() {
        return this.graph.state !== "draft";
    }

    get height() {
        return this.showsCounts ? 92 : 64;
    }

    async load(versionId) {
        try {
            this.show(await this.orm.call(MODEL, "read_graph", [[versionId]]));
            this.state.error = "";
        } catch (error) {
            this.state.graph = null;
            this.state.error = error.data?.message || _t("The journey cannot be read just now.");
        }
    }

    async open(versionId) {
        Object.assign(this.state, { undo: [], redo: [], selected: [], edge: null });
        await this.load(versionId);
        // the palette comes and goes with the draft
        browser.requestAnimationFrame(() => this.fit(READABLE));
        this.watch();
    }

    show(graph) {
        this.mustPlace = overlaps(graph.nodes);
        if (this.mustPlace) {
            const places = tidy(graph.nodes, graph.edges);
            graph.nodes.forEach((node) => ([node.x, node.y] = places[node.uid]));
        }
        this.state.graph = graph;
        // steps come in the order of the flow: one that is moved among the others loses the focus
        const focused = document.activeElement?.closest(".o_journey_node");
        if (focused && this.canvas.el?.contains(focused)) {
            this.focusLater ||= focused.dataset.uid;
        }
        const known = new Set(graph.nodes.map((node) => node.uid));
        this.state.selected = this.state.selected.filter((uid) => known.has(uid));
        if (!graph.edges.some((edge) => this.getKey(edge) === this.state.edge)) {
            this.state.edge = null;
        }
    }

    /** Reads the numbers again as long as somebody sees them. */
    watch() {
        browser.clearTimeout(this.timer);
        if (!this.isGone && this.graph && this.showsCounts && !document.hidden) {
            this.timer = browser.setTimeout(() => this.count(), PERIOD);
        }
    }

    async count() {
        const graph = this.graph;
        try {
            const counts = await this.orm.silent.call(MODEL, "get_counts", [[graph.id]]);
            for (const node of graph.nodes) {
                [node.open, node.failed, node.passed] = counts[node.uid] || [0, 0, 0];
            }
        } catch {
            // the next time
        }
        this.watch();
    }

    getNode(uid) {
        return this.graph.nodes.find((node) => node.uid === uid);
    }

    getKey(edge) {
        return `${edge.source}.${edge.port}`;
    }

    getProblems(uid) {
        return this.graph.problems.filter((problem) => problem.uid === uid);
    }

    get errors() {
        return this.graph.problems.filter((problem) => !problem.is_warning);
    }

    getLeft(node) {
        return mirror(node.x, this.isMirrored);
    }

    // ------------------------------------------------------------------ drawing

    get ways() {
        const { nodes, edges } = this.graph;
        const byUid = new Map(nodes.map((node) => [node.uid, node]));
        const boxes = nodes.map((node) => ({ x: this.getLeft(node), y: node.y }));
        boxes.forEach((box) => (box.left = box.x));
        const bounds = getBounds(boxes, this.height);
        return edges
            .filter((edge) => byUid.has(edge.source) && byUid.has(edge.target))
            .map((edge, place) => {
                const [source, target] = [byUid.get(edge.source), byUid.get(edge.target)];
                const to = { x: this.getLeft(target) + WIDTH / 2, y: target.y - 3 };
                const side = bounds[this.isMirrored ? "left" : "right"];
                const out = (36 + 14 * (place % 5)) * (this.isMirrored ? -1 : 1);
                return {
                    ...edge,
                    key: this.getKey(edge),
                    isJump: source.kind === "jump" && edge.port === "next",
                    label: this.getWayLabel(source, edge.port, target),
                    ...getCurve(
                        this.getPortPoint(source, edge.port),
                        to,
                        side + out,
                        boxes,
                        this.height
                    ),
                };
            });
    }

    getWayLabel(source, port, target) {
        const label = source.ports.find((one) => one.key === port)?.label;
        const from = label ? `${source.title} (${label})` : source.title;
        return _t("From %(source)s to %(target)s", { source: from, target: target.title });
    }

    getPortPoint(node, key) {
        const place = node.ports.findIndex((port) => port.key === key);
        return {
            x: this.getLeft(node) + getPortOffset(place, node.ports.length, this.isMirrored),
            y: node.y + this.height + PORT - 2,
        };
    }

    getPortStyle(node, place) {
        return `left: ${getPortOffset(place, node.ports.length, this.isMirrored)}px;`;
    }

    isOpen(node, port) {
        return !this.graph.edges.some((edge) => edge.source === node.uid && edge.port === port.key);
    }

    get worldStyle() {
        const { x, y, zoom } = this.state.view;
        return `transform: translate(${x}px, ${y}px) scale(${zoom});`;
    }

    get linkCurve() {
        const { from, to } = this.state.link;
        return `M ${from.x} ${from.y} L ${to.x} ${to.y}`;
    }

    formatCount(count) {
        return formatInteger(count, { humanReadable: count >= 10000 });
    }

    describe(node) {
        const parts = [this.graph.kinds[node.kind]];
        if (node.title !== parts[0]) {
            parts.push(node.title);
        }
        parts.push(node.summary, ...this.getProblems(node.uid).map((problem) => problem.text));
        for (const port of node.ports) {
            const way = this.graph.edges.find(
                (edge) => edge.source === node.uid && edge.port === port.key
            );
            const target = way && this.getNode(way.target);
            if (target) {
                parts.push(this.getWayLabel(node, port.key, target));
            }
        }
        return parts.filter(Boolean).join(". ");
    }

    // ------------------------------------------------------------------ view

    toWorld(ev) {
        const box = this.canvas.el.getBoundingClientRect();
        const { x, y, zoom } = this.state.view;
        return { x: (ev.clientX - box.left - x) / zoom, y: (ev.clientY - box.top - y) / zoom };
    }

    /** Shows the whole journey.
     * @param {number} [least] first it is to be read, then to be seen as a whole */
    fit(least = LEAST_ZOOM) {
        const el = this.canvas.el;
        if (!el || !this.graph) {
            return;
        }
        const { nodes } = this.graph;
        const bounds = getBounds(
            nodes.map((node) => ({ x: this.getLeft(node), y: node.y })),
            this.height
        );
        const [width, height] = [bounds.right - bounds.left, bounds.bottom - bounds.top];
        const [roomX, roomY] = [el.clientWidth - 96, el.clientHeight - 96];
        const zoom = Math.max(least, Math.min(1, roomX / width, roomY / height));
        let middle = (bounds.left + bounds.right) / 2;
        const start = nodes.find((node) => node.kind === "trigger");
        if (width * zoom > el.clientWidth && start) {
            middle = this.getLeft(start) + WIDTH / 2;
        }
        Object.assign(this.state.view, {
            zoom,
            x: el.clientWidth / 2 - middle * zoom,
            y: 40 - bounds.top * zoom,
        });
    }

    zoomBy(factor, center) {
        const { view } = this.state;
        const el = this.canvas.el;
        const point = center || { x: el.clientWidth / 2, y: el.clientHeight / 2 };
        const zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, view.zoom * factor));
        view.x = point.x - ((point.x - view.x) * zoom) / view.zoom;
        view.y = point.y - ((point.y - view.y) * zoom) / view.zoom;
        view.zoom = zoom;
    }

    /** The wheel scrolls the page until somebody works on the canvas. */
    onWheel(ev) {
        const box = this.canvas.el.getBoundingClientRect();
        if (ev.ctrlKey || ev.metaKey) {
            const center = { x: ev.clientX - box.left, y: ev.clientY - box.top };
            this.zoomBy(Math.exp(-ev.deltaY / 400), center);
        } else if (this.state.isFull || this.canvas.el.contains(document.activeElement)) {
            const [x, y] = ev.shiftKey ? [ev.deltaY, 0] : [ev.deltaX, ev.deltaY];
            this.state.view.x -= x;
            this.state.view.y -= y;
        } else {
            return;
        }
        ev.preventDefault();
    }

    /** Brings a node into sight. */
    reveal(node) {
        const { view } = this.state;
        const el = this.canvas.el;
        const left = this.getLeft(node) * view.zoom + view.x;
        const top = node.y * view.zoom + view.y;
        const [width, height] = [WIDTH * view.zoom, this.height * view.zoom];
        if (left < 16 || left + width > el.clientWidth - 16) {
            view.x += el.clientWidth / 2 - width / 2 - left;
        }
        if (top < 40 || top + height > el.clientHeight - 48) {
            view.y += el.clientHeight / 2 - height / 2 - top;
        }
    }

    focusNode(uid) {
        const node = this.graph && this.getNode(uid);
        if (node) {
            Object.assign(this.state, { selected: [uid], edge: null });
            this.reveal(node);
            this.focusLater = uid;
            this.focusNow();
        }
    }

    /** A dialog above the canvas names a step of it. */
    onFocusAsked(asked) {
        if (asked.versionId === this.props.versionId) {
            asked.isFound = true;
            this.focusNode(asked.uid);
        }
    }

    focusNow() {
        const el = this.canvas.el?.querySelector(`.o_journey_node[data-uid="${this.focusLater}"]`);
        if (el) {
            this.focusLater = null;
            if (!el.contains(document.activeElement)) {
                el.focus({ preventScroll: true });
            }
        }
    }

    toggleFull() {
        this.state.isFull = !this.state.isFull;
        browser.requestAnimationFrame(() => this.fit(READABLE));
    }
}

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
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { Mutex } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { addAfter, addAlone, duplicate, getOpenPorts, remove } from "./draft";
import {
    GRID,
    PORT,
    ROW,
    WIDTH,
    findNeighbor,
    getBounds,
    getCurve,
    getPortOffset,
    mirror,
    overlaps,
    snap,
} from "./geometry";
import { GROUPS, ICONS, getGroup } from "./palette";
import { StepMenu } from "./step_menu";
import { tidy } from "./tidy";

const MODEL = "crm.journey.version";
// People walk on while somebody looks
const PERIOD = 15000;
const [LEAST_ZOOM, MOST_ZOOM, READABLE] = [0.25, 1.6, 0.8];
// Shorter moves of the mouse are clicks
const CLICK = 4;
const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

/** The canvas of a journey. Each change is saved at once by the server, which answers with the graph
 * as it is now and with the change that takes it back. */
export class JourneyBuilder extends Component {
    static template = "crm_suite_marketing.JourneyBuilder";
    static components = { Dropdown, DropdownItem };
    static props = { versionId: Number, onEdit: { type: Function, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.canvas = useRef("canvas");
        this.mutex = new Mutex();
        this.groups = GROUPS;
        this.icons = ICONS;
        this.getGroup = getGroup;
        this.words = {
            full: _t("Full Screen"),
            leaveFull: _t("Leave Full Screen"),
            next: _t("Next"),
            port: _t("Click for the next step, or drag to a step"),
            error: _t("Error"),
            warning: _t("Warning"),
        };
        this.isMirrored = localization.direction === "rtl";
        this.menu = usePopover(StepMenu, { popoverClass: "o_journey_menu_popover" });
        this.state = useState({
            graph: null,
            error: "",
            view: { x: 0, y: 0, zoom: 1 },
            selected: [],
            edge: null,
            link: null,
            dropWay: null,
            undo: [],
            redo: [],
            saving: 0,
            showsProblems: false,
            showsKeys: false,
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
            this.watch();
        });
        onPatched(() => this.focusLater && this.focusNow());
        onWillUnmount(() => {
            this.isGone = true;
            browser.clearTimeout(this.timer);
        });
        useExternalListener(document, "visibilitychange", () => this.watch());
        useExternalListener(window, "pointermove", (ev) => this.drag?.move(ev));
        useExternalListener(window, "pointerup", (ev) => this.endDrag(ev));
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
        const node = this.getNode(uid);
        if (node) {
            Object.assign(this.state, { selected: [uid], edge: null });
            this.reveal(node);
            this.focusLater = uid;
            this.focusNow();
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

    // ------------------------------------------------------------------ changing

    /** Saves a change; what takes it back goes on the pile.
     * @param {Object[]} operations
     * @param {"undo"|"redo"} [pile] where the inverse goes
     * @returns {Promise<boolean>} whether it was saved */
    apply(operations, pile) {
        return this.mutex.exec(() => this.save(operations, pile));
    }

    async save(operations, pile) {
        const { graph } = this;
        if (!operations.length || !graph?.is_editable) {
            return false;
        }
        const isPlacing = this.mustPlace;
        if (isPlacing) {
            const places = Object.fromEntries(
                graph.nodes.map((node) => [node.uid, [node.x, node.y]])
            );
            operations = [{ op: "move", places }, ...operations];
        }
        this.state.saving++;
        try {
            const answer = await this.orm.call(MODEL, "apply_operations", [
                [graph.id],
                operations,
                graph.revision,
            ]);
            if (isPlacing) {
                // the places were not the user's doing: they stay
                answer.inverse.pop();
            }
            this.state[pile || "undo"].push(answer.inverse);
            if (!pile) {
                this.state.redo = [];
            }
            this.show(answer.graph);
            return true;
        } catch (error) {
            const words = error.data?.message || _t("Not saved: there is no connection.");
            this.notification.add(words, { type: "danger" });
            Object.assign(this.state, { undo: [], redo: [] });
            await this.load(graph.id);
            return false;
        } finally {
            this.state.saving--;
        }
    }

    async takeBack(from, to) {
        const operations = this.state[from].pop();
        if (operations) {
            await this.apply(operations, to);
        }
    }

    undo() {
        return this.takeBack("undo", "redo");
    }

    redo() {
        return this.takeBack("redo", "undo");
    }

    async addAt(kind, source, port) {
        const { uid, operations } = addAfter(this.graph, kind, source, port);
        if (await this.apply(operations)) {
            this.focusNode(uid);
        }
    }

    async addAlone(kind, x, y) {
        const { uid, operations } = addAlone(this.graph, kind, x, y);
        if (await this.apply(operations)) {
            this.focusNode(uid);
        }
    }

    /** From the palette: behind what is selected, else where the journey is still open. */
    async addFromPalette(kind) {
        const { nodes } = this.graph;
        if (kind === "trigger") {
            const starts = nodes.filter((node) => node.kind === kind);
            const [x, y] = starts.length ? [starts[0].x, starts[0].y] : [0, -ROW];
            return this.addAlone(kind, x, y);
        }
        const lowest = [...nodes].sort((one, other) => other.y - one.y);
        const source =
            (this.state.selected.length === 1 && this.getNode(this.state.selected[0])) ||
            lowest.find((node) => getOpenPorts(this.graph, node).length);
        if (source?.ports.length) {
            const way = source.kind === "jump" ? source.ports[1] : source.ports[0];
            const open = getOpenPorts(this.graph, source).filter(
                (port) => source.kind !== "jump" || port.key !== "next"
            );
            return this.addAt(kind, source, (open[0] || way).key);
        }
        return this.addAlone(kind, source?.x || 0, (lowest[0]?.y || 0) + ROW);
    }

    connect(source, port, target) {
        return this.apply([{ op: "connect", source, port, target }]);
    }

    disconnect(source, port) {
        return this.apply([{ op: "disconnect", source, port }]);
    }

    async removeSelected() {
        const { edge, selected } = this.state;
        if (edge) {
            const [source, port] = [edge.slice(0, edge.indexOf(".")), edge.split(".")[1]];
            await this.disconnect(source, port);
        } else if (selected.length) {
            const before = this.graph.edges.find((one) => one.target === selected[0])?.source;
            if (await this.apply(remove(this.graph, [...selected]))) {
                this.focusNode(this.getNode(before) ? before : this.graph.nodes[0]?.uid);
            }
        }
    }

    async duplicateSelected() {
        const { uids, operations } = duplicate(this.graph, [...this.state.selected]);
        if (operations.length && (await this.apply(operations))) {
            this.focusNode(uids[0]);
            this.state.selected = uids;
        }
    }

    async tidyUp() {
        const places = tidy(this.graph.nodes, this.graph.edges);
        if (await this.apply([{ op: "move", places }])) {
            this.fit(READABLE);
        }
    }

    async openSettings(node) {
        const [ids, editable, uid] = [[node.id], this.isEditable, node.uid];
        const ways = this.graph.edges.filter((edge) => edge.source === uid);
        const before =
            editable && (await this.orm.call("crm.journey.node", "read_settings", [ids]));
        this.dialog.add(
            FormViewDialog,
            {
                resModel: "crm.journey.node",
                resId: node.id,
                title: this.graph.kinds[node.kind],
                readonly: !editable,
                preventEdit: !editable,
                preventCreate: true,
                canExpand: false,
                onRecordSaved: () => this.onSettingsSaved(node, before, ways),
            },
            { onClose: () => !this.isGone && this.focusNode(uid) }
        );
    }

    /** What the dialog saved is taken back like every other change. */
    async onSettingsSaved(node, before, ways) {
        const after = await this.orm.call("crm.journey.node", "read_settings", [[node.id]]);
        const values = {};
        for (const [name, value] of Object.entries(before)) {
            if (JSON.stringify(value) !== JSON.stringify(after[name])) {
                values[name] = value;
            }
        }
        await this.mutex.exec(() => this.load(this.graph.id));
        const known = new Set(this.graph.edges.map((edge) => this.getKey(edge)));
        const lost = ways.filter((edge) => !known.has(this.getKey(edge)));
        if (Object.keys(values).length || lost.length) {
            this.state.undo.push([
                { op: "set", uid: node.uid, values },
                ...lost.map(({ source, port, target }) => ({
                    op: "connect",
                    source,
                    port,
                    target,
                })),
            ]);
            this.state.redo = [];
        }
    }

    async openPeople(node, kind) {
        const action = await this.orm.call("crm.journey.node", "action_open_people", [[node.id]], {
            kind,
        });
        this.action.doAction(action);
    }

    // ------------------------------------------------------------------ mouse

    startDrag(ev, drag) {
        this.drag = { ...drag, from: { x: ev.clientX, y: ev.clientY }, hasMoved: false };
        const { move } = drag;
        this.drag.move = (event) => {
            const [dx, dy] = [event.clientX - this.drag.from.x, event.clientY - this.drag.from.y];
            this.drag.hasMoved ||= Math.hypot(dx, dy) >= CLICK;
            if (this.drag.hasMoved) {
                move(dx, dy, event);
            }
        };
    }

    endDrag(ev) {
        const { drag } = this;
        this.drag = null;
        drag?.end?.(drag.hasMoved, ev);
    }

    onCanvasDown(ev) {
        if (ev.button > 1 || ev.target.closest("button")) {
            return;
        }
        const { x, y } = this.state.view;
        this.canvas.el.focus({ preventScroll: true });
        this.startDrag(ev, {
            move: (dx, dy) => Object.assign(this.state.view, { x: x + dx, y: y + dy }),
            end: (hasMoved) => {
                if (!hasMoved) {
                    Object.assign(this.state, { selected: [], edge: null });
                }
            },
        });
    }

    onNodeDown(ev, node) {
        if (ev.button || ev.target.closest("button")) {
            return;
        }
        ev.currentTarget.focus({ preventScroll: true });
        const { selected } = this.state;
        if (ev.shiftKey || ev.ctrlKey || ev.metaKey) {
            this.state.selected = selected.includes(node.uid)
                ? selected.filter((uid) => uid !== node.uid)
                : [...selected, node.uid];
        } else if (!selected.includes(node.uid)) {
            this.state.selected = [node.uid];
        }
        this.state.edge = null;
        if (!this.isEditable) {
            return;
        }
        const moved = this.graph.nodes.filter((one) => this.state.selected.includes(one.uid));
        const before = moved.map(({ x, y }) => [x, y]);
        const sign = this.isMirrored ? -1 : 1;
        this.startDrag(ev, {
            move: (dx, dy) => {
                const { zoom } = this.state.view;
                moved.forEach((one, place) => {
                    one.x = snap(before[place][0] + (sign * dx) / zoom);
                    one.y = snap(before[place][1] + dy / zoom);
                });
            },
            end: (hasMoved) => {
                if (hasMoved) {
                    this.saveMoves(moved);
                }
            },
        });
    }

    saveMoves(moved) {
        const places = Object.fromEntries(moved.map((one) => [one.uid, [one.x, one.y]]));
        return this.apply([{ op: "move", places }]);
    }

    /** A way out: drag it to a step, or click for what comes next. */
    onPortDown(ev, node, port) {
        if (ev.button || !this.isEditable) {
            return;
        }
        ev.stopPropagation();
        const button = ev.currentTarget;
        const from = this.getPortPoint(node, port.key);
        this.startDrag(ev, {
            move: (_dx, _dy, event) => {
                this.state.link = { from, to: this.toWorld(event) };
            },
            end: (hasMoved, event) => {
                this.state.link = null;
                if (!hasMoved) {
                    return;
                }
                const uid = document
                    .elementFromPoint(event.clientX, event.clientY)
                    ?.closest(".o_journey_node")?.dataset.uid;
                if (uid && uid !== node.uid) {
                    this.connect(node.uid, port.key, uid);
                } else if (!uid) {
                    this.openMenu(button, node, port);
                }
                this.justDragged = true;
                browser.setTimeout(() => (this.justDragged = false));
            },
        });
    }

    onPortClick(ev, node, port) {
        if (!this.justDragged) {
            this.openMenu(ev.currentTarget, node, port);
        }
    }

    /** What comes next at a way out. */
    openMenu(target, node, port) {
        if (!this.isEditable) {
            return;
        }
        const way = this.graph.edges.find(
            (edge) => edge.source === node.uid && edge.port === port.key
        );
        const targets = this.graph.nodes
            .filter((one) => one.kind !== "trigger" && one.uid !== node.uid)
            .filter((one) => one.uid !== way?.target)
            .sort((one, other) => one.y - other.y || one.x - other.x);
        const isJump = node.kind === "jump" && port.key === "next";
        this.menu.open(target, {
            labels: isJump ? {} : this.graph.kinds,
            onPick: (kind) => this.addAt(kind, node, port.key),
            targets: targets.map(({ uid, title, kind }) => ({ uid, title, kind })),
            onTarget: (uid) => this.connect(node.uid, port.key, uid),
        });
    }

    onWayAdd(ev, way) {
        this.menu.open(ev.currentTarget, {
            labels: this.graph.kinds,
            onPick: (kind) => this.addAt(kind, this.getNode(way.source), way.port),
        });
    }

    selectWay(way) {
        Object.assign(this.state, { edge: way.key, selected: [] });
    }

    // ------------------------------------------------------------------ from the palette

    onPaletteDragStart(ev, kind) {
        ev.dataTransfer.setData("text/plain", kind);
        ev.dataTransfer.effectAllowed = "copy";
        this.paletteKind = kind;
    }

    onPaletteDragEnd() {
        this.paletteKind = null;
        this.state.dropWay = null;
    }

    /** The way that a step from the palette would be put on. */
    findWay(ev) {
        const { x, y } = this.toWorld(ev);
        return this.ways.find((way) => !way.isJump && Math.hypot(way.x - x, way.y - y) < 48);
    }

    onDragOver(ev) {
        if (this.paletteKind) {
            ev.preventDefault();
            const way = this.paletteKind !== "trigger" && this.findWay(ev);
            this.state.dropWay = way ? way.key : null;
        }
    }

    async onDrop(ev) {
        const kind = this.paletteKind;
        if (!kind) {
            return;
        }
        ev.preventDefault();
        const way = kind !== "trigger" && this.findWay(ev);
        this.onPaletteDragEnd();
        if (way) {
            await this.addAt(kind, this.getNode(way.source), way.port);
        } else {
            const { x, y } = this.toWorld(ev);
            const left = mirror(x - WIDTH / 2, this.isMirrored);
            await this.addAlone(kind, snap(left), snap(y - this.height / 2));
        }
    }

    // ------------------------------------------------------------------ keys

    onKeydown(ev) {
        if (ev.target.closest("input, select, textarea")) {
            return;
        }
        const key = ev.key.length === 1 ? ev.key.toLowerCase() : ev.key;
        const isHandled =
            ev.ctrlKey || ev.metaKey ? this.onControlKey(key, ev) : this.onPlainKey(key, ev);
        if (isHandled) {
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    onControlKey(key, ev) {
        const commands = {
            z: () => (ev.shiftKey ? this.redo() : this.undo()),
            y: () => this.redo(),
            d: () => this.duplicateSelected(),
            a: () => (this.state.selected = this.graph.nodes.map((node) => node.uid)),
        };
        // the letters of an Arabic keyboard are others: the key counts
        const letter = key in commands ? key : ev.code?.replace("Key", "").toLowerCase();
        commands[letter]?.();
        return letter in commands;
    }

    onPlainKey(key, ev) {
        const onButton = ev.target.closest("button");
        const node = this.state.selected.length === 1 && this.getNode(this.state.selected[0]);
        if (key in ARROWS) {
            return this.onArrow(ARROWS[key], node, ev.altKey);
        }
        const commands = {
            Delete: () => this.removeSelected(),
            Backspace: () => this.removeSelected(),
            "+": () => this.zoomBy(1.2),
            "-": () => this.zoomBy(1 / 1.2),
            0: () => this.fit(),
            Insert: () => node && this.openMenuOf(node),
        };
        if (key === "Enter" && node && !onButton) {
            this.openSettings(node);
            return true;
        }
        if (key === "Escape") {
            return this.onEscape();
        }
        commands[key]?.();
        return key in commands;
    }

    onEscape() {
        const { state } = this;
        if (state.selected.length || state.edge) {
            Object.assign(state, { selected: [], edge: null });
        } else if (state.isFull) {
            this.toggleFull();
        } else {
            return false;
        }
        return true;
    }

    onArrow(direction, node, isMove) {
        if (!node) {
            this.focusNode(this.graph.nodes.find((one) => one.kind === "trigger")?.uid);
        } else if (isMove && this.isEditable) {
            const sign = this.isMirrored ? -1 : 1;
            node.x += { left: -GRID, right: GRID }[direction] * sign || 0;
            node.y += { up: -GRID, down: GRID }[direction] || 0;
            this.saveMoves([node]);
        } else {
            const placed = this.graph.nodes.map((one) => ({ ...one, left: this.getLeft(one) }));
            const from = placed.find((one) => one.uid === node.uid);
            const next = findNeighbor(placed, this.graph.edges, from, direction);
            this.focusNode((next || node).uid);
        }
        return true;
    }

    openMenuOf(node) {
        const open = getOpenPorts(this.graph, node)[0] || node.ports[0];
        const button =
            open &&
            this.canvas.el.querySelector(`[data-uid="${node.uid}"] [data-port="${open.key}"]`);
        if (button) {
            this.openMenu(button, node, open);
        }
    }

    onNodeFocus(ev, node) {
        // by the Tab key: the mouse has its own ways
        if (ev.target === ev.currentTarget && ev.target.matches(":focus-visible") && !this.drag) {
            if (!this.state.selected.includes(node.uid)) {
                Object.assign(this.state, { selected: [node.uid], edge: null });
                this.reveal(node);
            }
        }
    }
}

/** The canvas in the form of a journey: its draft if there is one, else what is live. */
export class JourneyBuilderWidget extends Component {
    static template = "crm_suite_marketing.JourneyBuilderWidget";
    static components = { JourneyBuilder };
    static props = { ...standardWidgetProps };

    get versionId() {
        const { draft_version_id, live_version_id, version_ids } = this.props.record.data;
        return draft_version_id?.id || live_version_id?.id || version_ids?.currentIds[0];
    }

    save() {
        return this.props.record.save();
    }
}

registry.category("view_widgets").add("crm_journey_builder", {
    component: JourneyBuilderWidget,
    fieldDependencies: [
        { name: "draft_version_id", type: "many2one" },
        { name: "live_version_id", type: "many2one" },
        { name: "state", type: "selection" },
    ],
});

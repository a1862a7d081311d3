import { useExternalListener } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { Mutex } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

import { addAfter, addAlone, duplicate, getOpenPorts, remove } from "./draft";
import { GRID, ROW, WIDTH, findNeighbor, mirror, snap } from "./geometry";
import { JourneyView, MODEL, READABLE } from "./journey_view";
import { GROUPS } from "./palette";
import { StepMenu } from "./step_menu";
import { tidy } from "./tidy";

// Shorter moves of the mouse are clicks
const CLICK = 4;
const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

/** The canvas of a journey. Each change is saved at once by the server, which answers with the graph
 * as it is now and with the change that takes it back. */
export class JourneyBuilder extends JourneyView {
    static template = "crm_suite_marketing.JourneyBuilder";
    static components = { Dropdown, DropdownItem };

    setup() {
        super.setup();
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.mutex = new Mutex();
        this.groups = GROUPS;
        this.words = {
            full: _t("Full Screen"),
            leaveFull: _t("Leave Full Screen"),
            next: _t("Next"),
            port: _t("Click for the next step, or drag to a step"),
            error: _t("Error"),
            warning: _t("Warning"),
        };
        this.menu = usePopover(StepMenu, { popoverClass: "o_journey_menu_popover" });
        Object.assign(this.state, {
            dropWay: null,
            saving: 0,
            showsProblems: false,
            showsKeys: false,
        });
        useExternalListener(window, "pointermove", (ev) => this.drag?.move(ev));
        useExternalListener(window, "pointerup", (ev) => this.endDrag(ev));
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

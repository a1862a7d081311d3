/** Where things are on the canvas. Places are logical: the flow goes from the top down, and what
 * comes first is on the left. Languages that are read from the right see it mirrored (`mirror`). */

export const WIDTH = 224;
export const ROW = 150;
export const COLUMN = WIDTH + 48;
export const GRID = 8;
// Half of the round button at a way out
export const PORT = 10;

export const snap = (value) => Math.round(value / GRID) * GRID;

/** Left edge of a node on the screen: mirroring is done here and nowhere else. */
export function mirror(x, isMirrored) {
    return isMirrored ? -x - WIDTH : x;
}

/** Distance of a way out from the left edge of its node, on the screen. */
export function getPortOffset(place, count, isMirrored) {
    const offset = (WIDTH * (place + 1)) / (count + 1);
    return isMirrored ? WIDTH - offset : offset;
}

const GAP = 20;

/** Where a way goes down between nodes: as near as can be to its ends, through no node.
 * @param {{left: number, y: number}[]} boxes
 * @returns {number|null} null: nothing is in the way of a plain curve */
function findLane(from, to, boxes, height) {
    const between = boxes.filter((box) => box.y > from.y - PORT && box.y + height < to.y - PORT);
    const isFree = (x) => between.every((box) => x < box.left - 8 || x > box.left + WIDTH + 8);
    if (!between.length) {
        return null;
    }
    const lanes = [from.x, to.x];
    for (const box of between) {
        lanes.push(box.left - GAP, box.left + WIDTH + GAP);
    }
    const cost = (x) => Math.abs(x - from.x) + Math.abs(x - to.x) + Math.abs(x - to.x) / 10;
    return lanes.filter(isFree).sort((one, other) => cost(one) - cost(other))[0] ?? null;
}

/** The curve between two points, and its middle, where its button is.
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 * @param {number} side how far out a way goes that leads back up
 * @param {{left: number, y: number}[]} boxes the nodes, to go around
 * @param {number} height of the nodes */
export function getCurve(from, to, side, boxes, height) {
    if (to.y >= from.y + 16) {
        const lane = to.y - from.y > ROW ? findLane(from, to, boxes, height) : null;
        if (lane !== null) {
            const [bend, top, bottom] = [36, from.y + 72, to.y - 72];
            return {
                d:
                    `M ${from.x} ${from.y} C ${from.x} ${from.y + bend} ${lane} ${top - bend} ${lane} ${top} ` +
                    `V ${bottom} C ${lane} ${bottom + bend} ${to.x} ${to.y - bend} ${to.x} ${to.y}`,
                x: lane,
                y: (top + bottom) / 2,
            };
        }
        const bend = Math.max(24, (to.y - from.y) / 2);
        return {
            d: `M ${from.x} ${from.y} C ${from.x} ${from.y + bend} ${to.x} ${to.y - bend} ${to.x} ${to.y}`,
            x: (from.x + to.x) / 2,
            y: (from.y + to.y) / 2,
        };
    }
    const [low, high, r] = [from.y + 36, to.y - 26, 10];
    const out = side >= from.x ? 1 : -1;
    const back = to.x >= side ? 1 : -1;
    return {
        d:
            `M ${from.x} ${from.y} V ${low - r} Q ${from.x} ${low} ${from.x + out * r} ${low} ` +
            `H ${side - out * r} Q ${side} ${low} ${side} ${low - r} ` +
            `V ${high + r} Q ${side} ${high} ${side + back * r} ${high} ` +
            `H ${to.x - back * r} Q ${to.x} ${high} ${to.x} ${high + r} V ${to.y}`,
        x: side,
        y: (low + high) / 2,
    };
}

/** The rectangle around all nodes. */
export function getBounds(nodes, height) {
    if (!nodes.length) {
        return { left: 0, top: 0, right: WIDTH, bottom: height };
    }
    return {
        left: Math.min(...nodes.map((node) => node.x)),
        top: Math.min(...nodes.map((node) => node.y)),
        right: Math.max(...nodes.map((node) => node.x)) + WIDTH,
        bottom: Math.max(...nodes.map((node) => node.y)) + height,
    };
}

/** Whether nodes lie on each other, as where somebody wrote them without places. */
export function overlaps(nodes) {
    const places = new Set(nodes.map((node) => `${node.x},${node.y}`));
    return places.size < nodes.length;
}

/** A place near the wanted one where no node is. */
export function findFree(nodes, x, y) {
    const taken = (left) =>
        nodes.some((node) => Math.abs(node.x - left) < WIDTH && Math.abs(node.y - y) < ROW - 40);
    while (taken(x)) {
        x += COLUMN;
    }
    return { x, y };
}

/** The node that an arrow key goes to: along the ways up and down, else the nearest on that side.
 * @param {Object} from a node with its place on the screen (`left`, `y`)
 * @param {"up"|"down"|"left"|"right"} direction */
export function findNeighbor(nodes, edges, from, direction) {
    const byUid = new Map(nodes.map((node) => [node.uid, node]));
    if (direction === "down" || direction === "up") {
        const linked = edges
            .filter((edge) => edge[direction === "down" ? "source" : "target"] === from.uid)
            .map((edge) => byUid.get(edge[direction === "down" ? "target" : "source"]))
            .filter((node) => node && (direction === "down" ? node.y > from.y : node.y < from.y));
        if (linked.length) {
            return linked[0];
        }
    }
    const sign = direction === "down" || direction === "right" ? 1 : -1;
    const [along, across] =
        direction === "up" || direction === "down" ? ["y", "left"] : ["left", "y"];
    const away = nodes
        .filter((node) => (node[along] - from[along]) * sign > GRID)
        .map((node) => ({
            node,
            far: Math.abs(node[along] - from[along]) + 2 * Math.abs(node[across] - from[across]),
        }));
    away.sort((one, other) => one.far - other.far);
    return away[0]?.node;
}

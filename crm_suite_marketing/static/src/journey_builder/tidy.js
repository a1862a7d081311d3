import { COLUMN, ROW, snap } from "./geometry";

/** Lay out a graph in rows from the top down.
 *
 * A node is one row below the lowest of those that lead to it; ways back up (loops) do not count.
 * Within a row nodes keep the order of the ways that lead there, and each moves as near to the middle
 * of its neighbours as the others let it.
 * @returns {Object} `{uid: [x, y]}` */
export function tidy(nodes, edges) {
    const { order, forward } = walk(nodes, edges);
    const rows = makeRows(order, forward);
    const above = group(forward, "target");
    const below = group(forward, "source");
    const ports = new Map(nodes.map((node) => [node.uid, node.ports]));
    const x = new Map();
    rows.forEach((row) => row.forEach((uid, place) => x.set(uid, place * COLUMN)));
    const middle = (neighbors) =>
        neighbors.length
            ? neighbors.reduce((sum, place) => sum + place, 0) / neighbors.length
            : undefined;
    const fromAbove = (uid) =>
        middle((above.get(uid) || []).map((edge) => x.get(edge.source) + lean(edge, ports, below)));
    const fromBelow = (uid) => middle((below.get(uid) || []).map((edge) => x.get(edge.target)));
    for (let turn = 0; turn < 6; turn++) {
        rows.forEach((row) => place(row, x, fromAbove, turn < 3));
        [...rows].reverse().forEach((row) => place(row, x, fromBelow, false));
    }
    rows.forEach((row) => place(row, x, fromAbove, false));
    [...rows].reverse().forEach((row) => place(row, x, fromBelow, false));
    const places = {};
    rows.forEach((row, depth) =>
        row.forEach((uid) => (places[uid] = [snap(x.get(uid)), depth * ROW]))
    );
    return places;
}

/** How far to the side of its source a way leads: as its port among the others. */
function lean(edge, ports, below) {
    const of = (ports.get(edge.source) || []).map((port) => port.key);
    if (of.length < 2 || (below.get(edge.source) || []).length < 2) {
        return 0;
    }
    return (of.indexOf(edge.port) - (of.length - 1) / 2) * COLUMN;
}

function group(edges, key) {
    const groups = new Map();
    for (const edge of edges) {
        groups.set(edge[key], [...(groups.get(edge[key]) || []), edge]);
    }
    return groups;
}

/** Depth first, in the order of the ports: gives the order of nodes and the ways that lead on. */
function walk(nodes, edges) {
    const known = new Set(nodes.map((node) => node.uid));
    const ways = group(
        edges.filter((edge) => known.has(edge.source) && known.has(edge.target)),
        "source"
    );
    const [order, forward, state] = [[], [], new Map()];
    const visit = (start) => {
        const stack = [[start, sortWays(start)]];
        state.set(start.uid, "open");
        order.push(start.uid);
        while (stack.length) {
            const [node, rest] = stack[stack.length - 1];
            const edge = rest.shift();
            if (!edge) {
                state.set(node.uid, "closed");
                stack.pop();
            } else if (state.get(edge.target) !== "open") {
                forward.push(edge);
                if (!state.has(edge.target)) {
                    const target = nodes.find((one) => one.uid === edge.target);
                    state.set(target.uid, "open");
                    order.push(target.uid);
                    stack.push([target, sortWays(target)]);
                }
            }
        }
    };
    const sortWays = (node) => {
        const keys = node.ports.map((port) => port.key);
        return [...(ways.get(node.uid) || [])].sort(
            (one, other) => keys.indexOf(one.port) - keys.indexOf(other.port)
        );
    };
    const entered = new Set(edges.map((edge) => edge.target));
    const starts = [
        ...nodes.filter((node) => node.kind === "trigger"),
        ...nodes.filter((node) => node.kind !== "trigger" && !entered.has(node.uid)),
        ...nodes,
    ];
    starts.forEach((node) => state.has(node.uid) || visit(node));
    return { order, forward };
}

function makeRows(order, forward) {
    const depth = new Map(order.map((uid) => [uid, 0]));
    // without ways back, as many rounds as rows settle it
    for (let round = 0, moved = true; moved && round <= order.length; round++) {
        moved = false;
        for (const { source, target } of forward) {
            if (depth.get(target) <= depth.get(source)) {
                depth.set(target, depth.get(source) + 1);
                moved = true;
            }
        }
    }
    const rows = [];
    order.forEach((uid) => (rows[depth.get(uid)] ||= []).push(uid));
    return rows.filter(Boolean);
}

/** Put a row where its neighbours want it, no two nodes nearer than a column: the least squares of
 * the distances (pool adjacent violators). */
function place(row, x, want, mayReorder) {
    const wanted = new Map(row.map((uid) => [uid, want(uid) ?? x.get(uid)]));
    if (mayReorder) {
        row.sort((one, other) => wanted.get(one) - wanted.get(other));
    }
    const pools = [];
    row.forEach((uid, rank) => {
        let pool = { sum: wanted.get(uid) - rank * COLUMN, size: 1 };
        while (pools.length && last(pools).sum / last(pools).size > pool.sum / pool.size) {
            const before = pools.pop();
            pool = { sum: pool.sum + before.sum, size: pool.size + before.size };
        }
        pools.push(pool);
    });
    let rank = 0;
    for (const { sum, size } of pools) {
        for (let count = 0; count < size; count++, rank++) {
            x.set(row[rank], sum / size + rank * COLUMN);
        }
    }
}

const last = (list) => list[list.length - 1];

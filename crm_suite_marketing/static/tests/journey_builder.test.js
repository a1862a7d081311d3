import { describe, expect, test } from "@odoo/hoot";

import { addAfter, getOpenPorts, remove } from "@crm_suite_marketing/journey_builder/draft";
import {
    WIDTH,
    findFree,
    findNeighbor,
    getCurve,
    getPortOffset,
    mirror,
    overlaps,
} from "@crm_suite_marketing/journey_builder/geometry";
import { tidy } from "@crm_suite_marketing/journey_builder/tidy";

describe.current.tags("crm_suite_marketing");

const PORTS = { branch: ["yes", "no"], exit: [] };

/** A graph from lines such as "a.yes > b"; kinds are in front: "branch:a". */
function draw(...lines) {
    const [nodes, edges] = [new Map(), []];
    const add = (text) => {
        const [uid, kind = "wait"] = text.split(":").reverse();
        if (!nodes.has(uid)) {
            const ports = (PORTS[kind] || ["next"]).map((key) => ({ key, label: "" }));
            nodes.set(uid, { uid, kind, ports, title: uid, x: 0, y: 0 });
        }
        return uid;
    };
    for (const line of lines) {
        const [from, to] = line.split(" > ");
        const [source, port = "next"] = from.split(".");
        const uid = add(source);
        if (to) {
            edges.push({ source: uid, port, target: add(to) });
        }
    }
    return { nodes: [...nodes.values()], edges };
}

function place(graph) {
    const places = tidy(graph.nodes, graph.edges);
    graph.nodes.forEach((node) => ([node.x, node.y] = places[node.uid]));
    return Object.fromEntries(graph.nodes.map((node) => [node.uid, node]));
}

function expectApart(nodes) {
    for (const one of nodes) {
        for (const other of nodes) {
            if (one !== other && one.y === other.y) {
                expect(Math.abs(one.x - other.x)).toBeGreaterThan(WIDTH);
            }
        }
    }
}

test("tidy: the flow goes down, the first way out is on the left", () => {
    const graph = draw(
        "trigger:s > branch:q",
        "branch:q.yes > a",
        "branch:q.no > b",
        "a > c",
        "b > c"
    );
    const { s, q, a, b, c } = place(graph);
    expect([s.y, q.y, a.y, b.y, c.y].map((y) => y / (q.y - s.y))).toEqual([0, 1, 2, 2, 3]);
    expect(a.x).toBeLessThan(b.x);
    expect(Math.abs((a.x + b.x) / 2 - q.x)).toBeLessThan(9);
    expectApart(graph.nodes);
});

test("tidy: loops, islands and long ways are laid out as well", () => {
    const graph = draw(
        "trigger:s > a",
        "a > branch:q",
        "branch:q.yes > a",
        "branch:q.no > z",
        "lonely",
        "x > y",
        "y > x"
    );
    const { a, q, z } = place(graph);
    expect(a.y).toBeLessThan(q.y);
    expect(q.y).toBeLessThan(z.y);
    expect(overlaps(graph.nodes)).toBe(false);
    expectApart(graph.nodes);
});

test("tidy: a large journey is laid out without overlaps", () => {
    const lines = ["trigger:s > branch:n1"];
    for (let place = 1; place < 60; place++) {
        lines.push(`branch:n${place}.yes > branch:n${2 * place}`);
        lines.push(`branch:n${place}.no > branch:n${2 * place + 1}`);
    }
    const graph = draw(...lines);
    place(graph);
    expect(overlaps(graph.nodes)).toBe(false);
    expectApart(graph.nodes);
});

test("a way goes around the nodes between its ends", () => {
    const [from, to] = [
        { x: WIDTH / 2, y: 72 },
        { x: WIDTH / 2, y: 447 },
    ];
    const between = { left: 0, y: 225 };
    const straight = getCurve(from, to, 500, [], 64);
    expect(straight.x).toBe(WIDTH / 2);
    const around = getCurve(from, to, 500, [between], 64);
    expect(around.x < between.left || around.x > between.left + WIDTH).toBe(true);
});

test("a way back up goes around the side", () => {
    const back = getCurve({ x: 100, y: 400 }, { x: 100, y: 100 }, 500, [], 64);
    expect(back.x).toBe(500);
});

test("from the right: nodes and ways out are mirrored", () => {
    expect(mirror(0, false)).toBe(0);
    expect(mirror(mirror(72, true), true)).toBe(72);
    expect(getPortOffset(0, 2, false)).toBeLessThan(getPortOffset(1, 2, false));
    expect(getPortOffset(0, 2, true)).toBeGreaterThan(getPortOffset(1, 2, true));
});

test("arrow keys follow the ways, else go to the nearest", () => {
    const graph = draw("trigger:s > branch:q", "branch:q.yes > a", "branch:q.no > b");
    place(graph);
    const nodes = graph.nodes.map((node) => ({ ...node, left: node.x }));
    const go = (uid, direction) =>
        findNeighbor(
            nodes,
            graph.edges,
            nodes.find((node) => node.uid === uid),
            direction
        )?.uid;
    expect(go("s", "down")).toBe("q");
    expect(go("q", "down")).toBe("a");
    expect(go("a", "right")).toBe("b");
    expect(go("b", "left")).toBe("a");
    expect(go("b", "up")).toBe("q");
    expect(go("s", "up")).toBe(undefined);
});

test("a step put on a way leads to where the way led", () => {
    const graph = draw("trigger:s > a");
    place(graph);
    const { uid, operations } = addAfter(graph, "branch", graph.nodes[0], "next");
    expect(operations.filter((one) => one.op === "connect")).toEqual([
        { op: "connect", source: "s", port: "next", target: uid },
        { op: "connect", source: uid, port: "yes", target: "a" },
    ]);
    const moved = operations.find((one) => one.op === "move").places.a;
    expect(moved[1]).toBeGreaterThan(operations.find((one) => one.op === "add").y);
});

test("after an exit nothing is connected", () => {
    const graph = draw("trigger:s > a");
    place(graph);
    const { operations } = addAfter(graph, "exit", graph.nodes[0], "next");
    expect(operations.filter((one) => one.op === "connect")).toHaveLength(1);
});

test("removing steps closes the gap where one way only led through", () => {
    const chain = draw("trigger:s > a", "a > b", "b > c");
    expect(remove(chain, ["a", "b"]).filter((one) => one.op === "connect")).toEqual([
        { op: "connect", source: "s", port: "next", target: "c" },
    ]);
    const fork = draw("trigger:s > branch:q", "branch:q.yes > a", "branch:q.no > b");
    expect(remove(fork, ["q"])).toEqual([{ op: "remove", uid: "q" }]);
    const loop = draw("trigger:s > a", "a > b", "b > a");
    expect(remove(loop, ["a", "b"]).filter((one) => one.op === "connect")).toEqual([]);
});

test("ways out that lead nowhere, and free places", () => {
    const graph = draw("trigger:s > branch:q", "branch:q.yes > a");
    expect(getOpenPorts(graph, graph.nodes[1]).map((port) => port.key)).toEqual(["no"]);
    place(graph);
    const { x, y } = findFree(graph.nodes, graph.nodes[0].x, graph.nodes[0].y);
    expect([x === graph.nodes[0].x, y]).toEqual([false, graph.nodes[0].y]);
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, array, constantFrom, integer, property, record, tuple } from '../../fast-check.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphHtml } from '../../../src/cli/graph/html.ts';
import { layOut } from '../../../src/cli/graph/layout.ts';
import { graphSvg } from '../../../src/cli/graph/svg.ts';
import { graphText } from '../../../src/cli/graph/text.ts';
import { type GraphNode, type HostGraph, hostGraph } from '../../../src/host/graph.ts';
import { children, parseXml, type XmlElement } from '../../../src/host/libvirt/xml.ts';
import { type Hosts, makeHosts, namespacesMissing } from '../hosts.ts';
import { stackState, URI } from './state.ts';

it('a host is a tree from its NICs to the NICs of its guests', () => {
  expect(graphText(hostGraph('kvm1', stackState(), URI))).toMatchInlineSnapshot(`
    "kvm1
    ├─ eth0  02:00:00:00:00:01
    │  └─ bond0  active-backup
    │     └─ bond0.20  VLAN 20
    │        └─ br20  10.20.0.1/24
    │           └─ guest web  down, 52:54:00:00:00:01, NIC, link down
    ├─ eth1  02:00:00:00:00:01
    │  └─ bond0  (above)
    ├─ eth2  down, 02:00:00:00:00:03
    │  ├─ network direct  down, private, inactive, no autostart
    │  └─ vepa: guest db  down, 52:54:00:00:00:00, NIC, shut off
    ├─ virbr0
    │  └─ network default  192.168.122.1/24, nat
    │     └─ guest web  52:54:00:00:00:00, virtio on vnet0
    └─ br7  not there, stored, 10.7.0.1/24"
  `);
});

it('a circle comes to an end', () => {
  const node = (id: string): GraphNode => ({ id, kind: 'vlan', name: id, state: 'up', details: [] });
  const graph: HostGraph = {
    host: 'h',
    nodes: [node('a'), node('b'), node('c')],
    edges: [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'b' },
    ],
  };
  expect(graphText(graph)).toBe('h\n└─ a\n   └─ b\n      └─ c\n         └─ b  (above)');
  expect(parseXml(graphSvg([graph])).name).toBe('svg');
});

const KINDS = ['nic', 'bond', 'vlan', 'bridge', 'network', 'guest', 'other'] as const;

describe('the layout of any graph', () => {
  const graphs = record({
    kinds: array(constantFrom(...KINDS), { minLength: 1, maxLength: 14 }),
    pairs: array(tuple(integer({ min: 0, max: 13 }), integer({ min: 0, max: 13 })), { maxLength: 20 }),
  });

  it('has what carries to the left, nothing on top of another, and all of it inside', () => {
    assert(
      property(graphs, ({ kinds, pairs }) => {
        const nodes = kinds.map(
          (kind, index): GraphNode => ({
            id: `n${index}`,
            kind,
            name: `n${index}`,
            state: 'up',
            details: [],
          }),
        );
        const edges = pairs
          .filter(([from, to]) => from < to && to < nodes.length)
          .map(([from, to]) => ({ from: `n${from}`, to: `n${to}` }));
        const size = (id: string) => ({ width: 100, height: 30 + 10 * Number(id.slice(1)) });
        const layout = layOut({ host: 'h', nodes, edges }, size);
        const placed = [...layout.nodes.values()];
        expect(placed).toHaveLength(nodes.length);
        for (const one of placed) {
          expect(one.x).toBeGreaterThanOrEqual(0);
          expect(one.y).toBeGreaterThanOrEqual(-1e-6);
          expect(one.x + one.width).toBeLessThanOrEqual(layout.width + 1e-6);
          expect(one.y + one.height).toBeLessThanOrEqual(layout.height + 1e-6);
          for (const other of placed) {
            if (one === other) continue;
            const apart =
              one.x + one.width <= other.x ||
              other.x + other.width <= one.x ||
              one.y + one.height <= other.y + 1e-6 ||
              other.y + other.height <= one.y + 1e-6;
            expect(apart).toBe(true);
          }
        }
        for (const { edge, points } of layout.routes) {
          const xs = points.map(([x]) => x);
          expect(xs).toEqual([...xs].sort((a, b) => a - b));
          expect(xs[0]).toBe(layout.nodes.get(edge.from)!.x + layout.nodes.get(edge.from)!.width);
          expect(xs.at(-1)).toBe(layout.nodes.get(edge.to)!.x);
        }
      }),
    );
  });
});

/** All texts of a picture. */
const texts = (xml: XmlElement): string[] => [
  ...(xml.name === 'text' || xml.name === 'title' ? [xml.children.join('')] : []),
  ...children(xml).flatMap(texts),
];

describe('what hosts say is text in pictures and pages', () => {
  const evil = `</text><script>alert("1")</script>&amp;'\u001b[31m\u202e]]>`;
  const graph: HostGraph = {
    host: evil,
    nodes: [
      { id: 'a', kind: 'nic', name: evil, state: 'up', details: [evil] },
      { id: 'b', kind: 'bridge', name: '\u0000', state: 'absent', details: [] },
    ],
    edges: [{ from: 'a', to: 'b', label: evil }],
  };
  const shown = `</text><script>alert("1")</script>&amp;'\\e[31m\\u202e]]>`;

  it('in SVG', () => {
    const svg = parseXml(graphSvg([graph]));
    expect(texts(svg)).toContain(`${shown}\n${shown}`);
    expect(texts(svg)).toContain('\\u0000');
    expect(JSON.stringify(svg)).not.toContain('"name":"script"');
  });

  it('in HTML', () => {
    const html = graphHtml([graph]);
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(html).not.toMatch(/(?:src|href|url\()/);
  });
});

it('a picture shows every node with its state, and hosts one below the other', () => {
  const graph = hostGraph('kvm1', stackState(), URI);
  const svg = parseXml(graphSvg([graph, { ...graph, host: 'kvm2' }]));
  const shown = texts(svg);
  for (const { name } of graph.nodes) expect(shown.filter((text) => text === name).length % 2).toBe(0);
  const groups = children(svg, 'g').map(({ attributes }) => attributes.transform);
  expect(groups[0]).toBe('translate(0 0)');
  expect(Number(groups[1]!.match(/ ([\d.]+)\)/)![1])).toBeGreaterThan(100);
  const classes = graphSvg([graph]).match(/class="(?:card ghost|edge idle|up|down)"/g)!;
  expect(new Set(classes)).toEqual(
    new Set(['class="card ghost"', 'class="edge idle"', 'class="up"', 'class="down"']),
  );
});

describe.skipIf(namespacesMissing)('wirebook graph (needs root, ip, virsh)', () => {
  let hosts: Hosts;
  beforeAll(() => {
    hosts = makeHosts(1);
    hosts.ip(
      'h1',
      `link add name br0 type bridge
       link add name lan1 type veth peer name lan2
       link set dev lan1 master br0 up
       link set dev br0 up`,
    );
  });
  afterAll(() => hosts?.remove());

  it('draws what a host has as text, SVG and HTML', { timeout: 120_000 }, () => {
    const text = hosts.wirebook('graph', 'h1').stdout;
    expect(text).toMatch(/^h1\n/);
    expect(text).toContain('─ lan1  veth\n');
    expect(text).toContain('  └─ br0');
    for (const format of ['svg', 'html']) {
      const { status, stdout } = hosts.wirebook('graph', 'h1', '--format', format, '-o', 'picture');
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
      const picture = readFileSync(join(hosts.folder, 'picture'), 'utf8');
      expect(picture).toContain('>br0</text>');
      if (format === 'svg' && spawnSync('xmllint', ['--version']).status === 0) {
        expect(spawnSync('xmllint', ['--noout', '-'], { input: picture, encoding: 'utf8' }).stderr).toBe('');
      }
    }
    expect(hosts.wirebook('graph', 'h1', '-o', 'no/such/folder')).toMatchObject({ status: 1, stdout: '' });
  });
});

import { oneLine } from '../../engine/report/text.ts';
import type { GraphNode, HostGraph } from '../../host/graph.ts';
import { element, formatXml, type XmlElement } from '../../host/libvirt/xml.ts';
import { layOut, type Placed, type Route, type Size } from './layout.ts';
import { KINDS, STYLE } from './style.ts';

const MARGIN = 24;
const HEADER = 44;
const LINE = 15;
const MAX_LETTERS = 34;

/** One picture of all hosts, one below the other. */
export function graphSvg(graphs: readonly HostGraph[]): string {
  const pictures = graphs.map(picture);
  const width = Math.max(0, ...pictures.map((one) => one.width));
  let height = 0;
  const placed = pictures.map((one) => {
    const at = element('g', { transform: `translate(0 ${height})` }, one.content);
    height += one.height;
    return at;
  });
  const children = [element('style', {}, [STYLE]), paper(width, height), ...placed];
  return `${formatXml(svg(width, height, children))}\n`;
}

/** The picture of one host, for a page that has the style sheet. */
export function hostSvg(graph: HostGraph): string {
  const { width, height, content } = picture(graph);
  return formatXml(svg(width, height, [paper(width, height), ...content], oneLine(graph.host)));
}

const svg = (
  width: number,
  height: number,
  children: readonly XmlElement[],
  label = 'networks',
): XmlElement =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${number(width)} ${number(height)}`,
      width: number(width),
      height: number(height),
      role: 'img',
      'aria-label': label,
    },
    children,
  );

const paper = (width: number, height: number): XmlElement =>
  element('rect', { class: 'paper', width: number(width), height: number(height) });

function picture(graph: HostGraph): Size & { readonly content: readonly XmlElement[] } {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const layout = layOut(graph, (id) => sizeOf(byId.get(id)!));
  const inner = [
    ...layout.routes.map((route) => edge(route, byId)),
    ...graph.nodes.map((node) => card(node, layout.nodes.get(node.id)!)),
  ];
  const count = `${graph.nodes.length} ${graph.nodes.length === 1 ? 'node' : 'nodes'}`;
  const title = clip(graph.host);
  return {
    width: Math.max(layout.width, letters(title) * 11 + 80) + 2 * MARGIN,
    height: layout.height + HEADER + 2 * MARGIN,
    content: [
      element('text', { class: 'host', x: MARGIN, y: MARGIN + 14 }, [title]),
      element('text', { class: 'count', x: MARGIN + letters(title) * 10.5 + 14, y: MARGIN + 14 }, [count]),
      element('g', { transform: `translate(${MARGIN} ${MARGIN + HEADER})` }, inner),
    ],
  };
}

const tagOf = ({ kind }: GraphNode): string => KINDS.find(([one]) => one === kind)![1].toUpperCase();

function sizeOf(node: GraphNode): Size {
  const head = letters(clip(node.name)) * 8.7 + tagOf(node).length * 7.4 + 52;
  const lines = node.details.map((detail) => letters(clip(detail)) * 6.6 + 28);
  return { width: Math.ceil(Math.max(120, head, ...lines)), height: 32 + node.details.length * LINE };
}

function card(node: GraphNode, { x, y, width, height }: Placed): XmlElement {
  const { kind, state, name, details } = node;
  const ghost = state === 'absent' ? ' ghost' : '';
  return element('g', { transform: `translate(${number(x)} ${number(y)})` }, [
    element('title', {}, [[oneLine(name), ...details.map(oneLine)].join('\n')]),
    element('rect', { class: `card${ghost}`, width: number(width), height: number(height), rx: 7 }),
    element('rect', {
      class: `k-${kind}${ghost ? ' faint' : ''}`,
      x: 0,
      y: 7,
      width: 4,
      height: number(height - 14),
      rx: 2,
    }),
    element('circle', { class: state === 'up' ? 'up' : 'down', cx: 18, cy: 16.5, r: 3.5 }),
    element('text', { class: 'name', x: 29, y: 21 }, [clip(name)]),
    element('text', { class: 'tag', x: number(width - 11), y: 20, 'text-anchor': 'end' }, [tagOf(node)]),
    ...details.map((detail, index) =>
      element('text', { class: 'detail', x: 14, y: 38 + index * LINE }, [clip(detail)]),
    ),
  ]);
}

function edge(
  { edge: { from, to, label }, points }: Route,
  nodes: ReadonlyMap<string, GraphNode>,
): XmlElement {
  const idle = [from, to].some((id) => nodes.get(id)!.state !== 'up');
  const [start, ...rest] = points as readonly [readonly [number, number], ...(readonly [number, number])[]];
  let path = `M${number(start[0])} ${number(start[1])}`;
  let [x, y] = start;
  for (const [nextX, nextY] of rest) {
    const middle = number((x + nextX) / 2);
    path +=
      nextY === y
        ? `H${number(nextX)}`
        : `C${middle} ${number(y)} ${middle} ${number(nextY)} ${number(nextX)} ${number(nextY)}`;
    [x, y] = [nextX, nextY];
  }
  return element('g', {}, [
    element('path', { class: idle ? 'edge idle' : 'edge', d: path }),
    label === undefined
      ? undefined
      : element('text', { class: 'label', x: number(x - 6), y: number(y - 5), 'text-anchor': 'end' }, [
          clip(label),
        ]),
  ]);
}

/** At most so many letters, safe to show. */
function clip(text: string): string {
  const all = [...oneLine(text)];
  return all.length <= MAX_LETTERS ? all.join('') : `${all.slice(0, MAX_LETTERS - 1).join('')}…`;
}

/** Width in letters: those of East Asia are twice as wide. */
const letters = (text: string): number =>
  [...text].reduce(
    (sum, letter) => sum + (/[\u1100-\u115f\u2e80-\uffdc]|[\u{1f000}-\u{3ffff}]/u.test(letter) ? 2 : 1),
    0,
  );

const number = (value: number): number => Math.round(value * 10) / 10;

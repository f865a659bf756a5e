import { oneLine } from '../../engine/report/text.ts';
import type { GraphNode, HostGraph } from '../../host/graph.ts';

const WORDS = { up: '', down: 'down', absent: 'not there' } as const;

/** A host as a tree: what carries stands above what it carries, which is spelt out the first time it comes up. */
export function graphText({ host, nodes, edges }: HostGraph): string {
  const lines = [oneLine(host)];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const told = new Set<string>();
  const carried = (id: string): { node: GraphNode; label: string | undefined }[] =>
    edges.flatMap(({ from, to, label }) => {
      const node = from === id ? byId.get(to) : undefined;
      return node ? [{ node, label }] : [];
    });
  const tell = (node: GraphNode, label: string | undefined, indent: string, last: boolean): void => {
    const again = told.has(node.id);
    told.add(node.id);
    const via = label === undefined ? '' : `${label}: `;
    const rest = again ? '  (above)' : describe(node);
    lines.push(oneLine(`${indent}${last ? '└─' : '├─'} ${via}${title(node)}${rest}`));
    if (again) return;
    const inner = carried(node.id);
    for (const [index, one] of inner.entries()) {
      tell(one.node, one.label, `${indent}${last ? '   ' : '│  '}`, index === inner.length - 1);
    }
  };
  const roots = nodes.filter(({ id }) => !edges.some(({ to, from }) => to === id && byId.has(from)));
  for (const [index, root] of roots.entries()) tell(root, undefined, '', index === roots.length - 1);
  return lines.join('\n');
}

const title = ({ kind, name }: GraphNode): string =>
  kind === 'network' ? `network ${name}` : kind === 'guest' ? `guest ${name}` : name;

const describe = ({ state, details }: GraphNode): string => {
  const words = [...(WORDS[state] === '' ? [] : [WORDS[state]]), ...details];
  return words.length === 0 ? '' : `  ${words.join(', ')}`;
};

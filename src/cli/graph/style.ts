import type { NodeKind } from '../../host/graph.ts';

/** Kinds in the order of the legend, with their name and their colour on light and on dark. */
export const KINDS: readonly (readonly [kind: NodeKind, name: string, light: string, dark: string])[] = [
  ['nic', 'NIC', '#2f6feb', '#6ea8ff'],
  ['bond', 'bond', '#8250df', '#c297ff'],
  ['vlan', 'VLAN', '#b7791f', '#e3b341'],
  ['bridge', 'bridge', '#1a7f37', '#56d364'],
  ['network', 'network', '#0e7490', '#4cc9e0'],
  ['guest', 'guest NIC', '#c2410c', '#ff9e64'],
  ['other', 'other link', '#6e7781', '#9aa4af'],
];

const fills = (index: 2 | 3): string => KINDS.map((kind) => `.k-${kind[0]}{fill:${kind[index]}}`).join('\n');

const LIGHT = `
.paper{fill:#ffffff}
.card{fill:#f8fafc;stroke:#d0d7de}
.host,.name{fill:#1f2328}
.tag,.detail,.label,.count{fill:#59636e}
.edge{stroke:#98a2ad}
.up{fill:#1a7f37}
.down{fill:none;stroke:#98a2ad}
${fills(2)}`;

const DARK = `
.paper{fill:#0f141a}
.card{fill:#1a212a;stroke:#323c47}
.host,.name{fill:#e6edf3}
.tag,.detail,.label,.count{fill:#9aa4af}
.edge{stroke:#5b6672}
.up{fill:#56d364}
.down{fill:none;stroke:#7d8793}
${fills(3)}`;

/** Style sheet of the pictures, for light and dark. */
export const STYLE = `
text{font-family:ui-sans-serif,system-ui,"Segoe UI","Helvetica Neue",Arial,sans-serif}
.host{font-size:18px;font-weight:600}
.count{font-size:12px}
.name{font-size:13px;font-weight:600}
.tag{font-size:9.5px;letter-spacing:.06em}
.detail,.label{font-size:11px}
.card{stroke-width:1}
.ghost{stroke-dasharray:4 3}
.faint{opacity:.6}
.edge{fill:none;stroke-width:1.5}
.idle{stroke-dasharray:4 4}
.down{stroke-width:1.5}
${LIGHT}
@media (prefers-color-scheme: dark){${DARK}
}`;

import type { HostGraph } from '../../host/graph.ts';
import { element, formatXml } from '../../host/libvirt/xml.ts';
import { KINDS, STYLE } from './style.ts';
import { hostSvg } from './svg.ts';

const PAGE_STYLE = `
:root{color-scheme:light dark}
body{margin:0;padding:24px;background:#eef1f4;color:#1f2328;font:14px/1.5 ui-sans-serif,system-ui,"Segoe UI","Helvetica Neue",Arial,sans-serif}
header{display:flex;flex-wrap:wrap;gap:8px 28px;align-items:baseline;margin:0 0 20px}
h1{font-size:20px;margin:0}
ul{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0;padding:0;list-style:none;font-size:13px}
li{display:flex;align-items:center;gap:6px}
li svg{flex:none}
section{overflow-x:auto;margin:0 0 20px;border:1px solid #d0d7de;border-radius:10px;background:#fff}
section svg{display:block}
@media (prefers-color-scheme: dark){
body{background:#090c10;color:#e6edf3}
section{border-color:#323c47;background:#0f141a}
}`;

/** A page of its own with the picture of each host; nothing is loaded from elsewhere. */
export function graphHtml(graphs: readonly HostGraph[]): string {
  const legend = [
    ...KINDS.map(([kind, name]) =>
      entry([element('rect', { class: `k-${kind}`, x: 4, width: 4, height: 14, rx: 2 })], name),
    ),
    entry([element('circle', { class: 'up', cx: 7, cy: 7, r: 3.5 })], 'up'),
    entry([element('circle', { class: 'down', cx: 7, cy: 7, r: 3.5 })], 'down, stopped or not there'),
    entry([element('path', { class: 'edge idle', d: 'M0 7H14' })], 'not in use now'),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Networks of ${graphs.length} ${graphs.length === 1 ? 'host' : 'hosts'}</title>
<style>${PAGE_STYLE}${STYLE}</style>
</head>
<body>
<header>
<h1>Networks</h1>
${formatXml(element('ul', {}, legend))}
</header>
<main>
${graphs.map((graph) => `<section>${hostSvg(graph)}</section>`).join('\n')}
</main>
</body>
</html>
`;
}

const entry = (shapes: Parameters<typeof element>[2], text: string) =>
  element('li', {}, [
    element('svg', { width: 14, height: 14, viewBox: '0 0 14 14', 'aria-hidden': 'true' }, shapes),
    text,
  ]);

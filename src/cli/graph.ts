import { hostGraph } from '../host/graph.ts';
import type { ConnectionFlags } from './flags.ts';
import { gather, warnOfLibvirt } from './gather.ts';
import { graphHtml } from './graph/html.ts';
import { graphSvg } from './graph/svg.ts';
import { graphText } from './graph/text.ts';
import { writeFile } from './import.ts';

interface GraphFlags extends ConnectionFlags {
  readonly format: 'text' | 'svg' | 'html';
  readonly outputFile?: string;
}

/** `wirebook graph HOST…`: how guests' traffic gets out. @returns the exit code */
export async function graphCommand(patterns: readonly string[], flags: GraphFlags): Promise<number> {
  const { hosts, exitCode } = await gather(patterns, flags);
  warnOfLibvirt(hosts);
  if (hosts.length === 0) return exitCode;
  const graphs = hosts.map(({ host, state, uri }) => hostGraph(host, state, uri));
  const write = {
    text: () => `${graphs.map(graphText).join('\n\n')}\n`,
    svg: () => graphSvg(graphs),
    html: () => graphHtml(graphs),
  }[flags.format];
  if (flags.outputFile === undefined) process.stdout.write(write());
  else writeFile(flags.outputFile, write());
  return exitCode;
}

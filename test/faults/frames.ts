import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { dataPort, labName, type LabHost } from '../../src/lab/plan.ts';
import { labState } from '../../src/lab/state.ts';

/** Frames of one change, looked at and made again, are some thousands; of a loop in a bridge, as many a second. */
export const STORM = 30_000;

/** Frames that a host has sent on its first two cables, which lead to one segment. */
export async function framesSent(folder: string, host: LabHost): Promise<number> {
  const lab = labName(labState(resolve(folder)).id);
  const { stdout } = await promisify(execFile)('ip', ['-n', lab, '-s', '-j', 'link']);
  const links = JSON.parse(stdout) as { ifname: string; stats64: { rx: { packets: number } } }[];
  const ports = [1, 2].map((number) => dataPort(host, number));
  return links
    .filter(({ ifname }) => ports.includes(ifname))
    .reduce((sum, { stats64 }) => sum + stats64.rx.packets, 0);
}

/** What goes wrong during a change, and when. */
import { setTimeout as sleep } from 'node:timers/promises';
import { linkDown, linkUp } from '../../src/lab/cables.ts';
import { powerCut, rebootHost } from '../../src/lab/power.ts';
import type { FaultedHost } from './host.ts';

/** Steps of a guarded change. `waiting`: the controller was killed while the steps ran, so nobody confirms. */
export type Moment = 'before' | 'start' | 'begun' | 'open' | 'steps' | 'done' | 'waiting' | 'confirmed';

export interface Fault {
  readonly moments: readonly Moment[];
  /** Milliseconds after the moment, at most */
  readonly within: number;
  /** The host comes from what it has stored afterwards */
  readonly reboots?: true;
  /** Seconds that it may take longer than a change without it until the host is reached */
  readonly longer: number;
  inject(host: FaultedHost): Promise<void>;
  /** What the fault leaves and the host cannot mend */
  heal?(host: FaultedHost): Promise<void>;
}

const CABLES = ['eth1', 'eth2'] as const;

/** Leaves no block free, at once. */
const FILL = `for size in 1048576 65536 4096 256 16 4; do
  number=0
  while fallocate -l "\${size}K" "/var/full.$size.$number" 2>/dev/null; do number=$((number + 1)); done
  rm -f "/var/full.$size.$number"
done
: >/var/full.rest; while echo "$$ fills what is left of the last block" >>/var/full.rest 2>/dev/null; do :; done`;

const whole = ['begun', 'open', 'steps', 'done', 'confirmed'] as const;

export const FAULTS = {
  'link cut': {
    moments: ['start', ...whole],
    within: 400,
    longer: 10,
    async inject({ folder, host }) {
      for (const nic of CABLES) await linkDown(folder, host, nic);
    },
    async heal({ folder, host, timeout }) {
      await sleep(1000 * (timeout + 4));
      for (const nic of CABLES) await linkUp(folder, host, nic);
    },
  },
  'link cut shortly': {
    moments: ['start', ...whole],
    within: 400,
    longer: 3,
    async inject({ folder, host }) {
      for (const nic of CABLES) await linkDown(folder, host, nic);
      await sleep(1000);
      for (const nic of CABLES) await linkUp(folder, host, nic);
    },
  },
  'controller killed': {
    moments: ['start', ...whole],
    within: 300,
    longer: 0,
    inject: (host) => host.killController(),
  },
  'supervisor killed': {
    moments: ['open', 'steps', 'done', 'waiting'],
    within: 200,
    longer: 0,
    async inject({ shell }) {
      await shell.run(`for unit in $(systemctl list-units --plain --no-legend 'wirebook-guard-*' | cut -d ' ' -f 1); do
  pid=$(systemctl show -P MainPID "$unit")
  [ "$pid" = 0 ] || kill -9 "$pid"
done`);
    },
  },
  'disk full': {
    moments: ['before', 'begun', 'open', 'steps', 'waiting'],
    within: 100,
    longer: 5,
    async inject({ shell }) {
      await shell.run(FILL);
    },
    async heal(host) {
      await host.settled();
      await host.shell.run('rm -f /var/full.*');
    },
  },
  reboot: {
    moments: ['begun', 'open', 'steps', 'waiting', 'confirmed'],
    within: 300,
    reboots: true,
    longer: 60,
    async inject({ folder, host, shell }) {
      await rebootHost(folder, host);
      shell.close();
    },
  },
  'power cut': {
    moments: ['begun', 'open', 'steps', 'waiting', 'confirmed'],
    within: 300,
    reboots: true,
    longer: 60,
    async inject({ folder, host, shell }) {
      await powerCut(folder, host);
      shell.close();
    },
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

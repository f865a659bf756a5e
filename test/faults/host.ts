/** A host that faults happen to: how it is looked at, changed, and brought back to where the next fault begins. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { accessPaths, knowAddress, sshArguments } from '../../src/lab/access.ts';
import { linkUp } from '../../src/lab/cables.ts';
import type { LabHost } from '../../src/lab/plan.ts';
import { hostUp, powerOff, powerOn } from '../../src/lab/power.ts';
import { type Ended, type JsonRun, type Running, start } from '../integration/program.ts';
import { type Base, baseTasks, OTHER_GATEWAY, type Place, type Places, type Task } from './changes.ts';
import { HostShell, NAP } from './shell.ts';

const exec = promisify(execFile);

/** Where the helper's connections come from: no host finds it without its gateway. */
const HELPER = '10.99.0.1';
const GATEWAY = '10.30.0.1';
const TAGGED_GATEWAY = '10.20.0.1';

/** Has who looks for the host learn its hardware address: nothing was guarded, so nobody told them. */
const announce = (to: string): string =>
  `ip neigh flush all; timeout 2 bash -c ': </dev/tcp/${to}/22' 2>/dev/null || true`;

/** Makes a lab host the router and the way into VLAN 10. */
export async function prepareHelper(folder: string, helper: LabHost): Promise<void> {
  const shell = new HostShell(folder, helper);
  await shell.run(`ip link set eth1 up
ip addr replace ${HELPER}/32 dev lo
for address in ${GATEWAY} ${OTHER_GATEWAY}; do ip addr replace $address/24 dev eth1; done
ip link add link eth1 name eth1.10 type vlan id 10
ip link set eth1.10 up
ip addr replace ${TAGGED_GATEWAY}/24 dev eth1.10
ip route replace 10.30.0.0/24 dev eth1 src ${HELPER}
ip route replace 10.20.0.0/24 dev eth1.10 src ${HELPER}`);
  shell.close();
}

export class FaultedHost {
  readonly folder: string;
  readonly host: LabHost;
  readonly shell: HostShell;
  readonly places: Places;
  /** Seconds in which a change must be confirmed */
  readonly timeout: number;
  readonly #helper: LabHost;
  readonly #machine: string;
  #controller: Running | undefined;
  #runs = 0;

  /** @param machine this machine's address on the first segment */
  constructor(folder: string, host: LabHost, way: { helper: LabHost; machine: string }, timeout: number) {
    this.folder = folder;
    this.host = host;
    this.#helper = way.helper;
    this.#machine = way.machine;
    this.timeout = timeout;
    this.shell = new HostShell(folder, host);
    const { seg1, seg2 } = host.segments!;
    const number = 10 + host.number;
    const further = (address: string): string =>
      address.replace(/\d+$/, (last) => String(Number(last) + 100));
    this.places = {
      direct: { address: seg1, prefix: 23 },
      other: { address: further(seg1), prefix: 23 },
      routed: { address: `10.30.0.${number}`, prefix: 24, gateway: GATEWAY },
      tagged: { address: `10.20.0.${number}`, prefix: 24, gateway: TAGGED_GATEWAY },
      elsewhere: { address: further(seg2), prefix: 23 },
    };
    for (const place of ['other', 'routed', 'tagged'] as const) {
      knowAddress(folder, host, this.places[place].address);
    }
  }

  get backend(): string {
    return this.host.backend === 'none' ? 'iproute2' : this.host.backend!;
  }

  /** Starts `wirebook run` with tasks, by way of a place, or of the management address. */
  start(tasks: readonly Task[], place: Place | undefined, how: object = {}): Running {
    const { privateKey, knownHosts } = accessPaths(this.folder);
    const stem = join(this.folder, `${this.host.name}-${this.#runs++ % 8}`);
    const vars = {
      ansible_host: place?.address ?? this.host.address,
      ansible_user: 'root',
      ansible_ssh_private_key_file: privateKey,
      ansible_ssh_known_hosts_file: knownHosts,
      network_backend: this.backend,
      // A busy machine is no reason not to be let in
      ansible_timeout: 30,
      ...(place?.gateway === undefined ? {} : { ansible_ssh_common_args: `-J root@${this.#helper.address}` }),
    };
    const all = tasks.map(({ module, params }) => ({
      name: `${module} ${params.name}`,
      [module]: { ...params, ...how },
    }));
    const whole = place && tasks.length > 1 ? [{ name: 'All', atomic: true, block: all }] : all;
    writeFileSync(`${stem}.inventory.yml`, stringify({ all: { hosts: { [this.host.name]: vars } } }));
    writeFileSync(`${stem}.yml`, stringify([{ hosts: 'all', gather_facts: false, tasks: whole }]));
    return start(['run', '-i', `${stem}.inventory.yml`, `${stem}.yml`, '-o', 'json']);
  }

  /** The run that the next fault is to meet. */
  startChange(tasks: readonly Task[], place: Place): Running {
    this.#controller = this.start(tasks, place, { confirm_timeout: this.timeout });
    return this.#controller;
  }

  async killController(): Promise<void> {
    this.#controller?.child.kill('SIGKILL');
    await this.#controller?.ended;
  }

  /** Runs tasks to their end, with time enough to confirm. @throws Error when it does not succeed */
  async run(tasks: readonly Task[], place: Place): Promise<{ changed: number }> {
    const ended = await within(this.start(tasks, place, { confirm_timeout: 60 }), 300);
    const { changed = 0 } = parseRun(ended)?.stats[this.host.name] ?? {};
    if (ended.code !== 0) throw new Error(said(ended));
    return { changed };
  }

  /** Brings the host to a base; with a fresh disk where that does not go otherwise. */
  async toBase(base: Base, place: Place): Promise<void> {
    const attempt = async (): Promise<void> => {
      const ended = await within(this.start(baseTasks(base, place), undefined, { guard: 'never' }), 300);
      if (ended.code !== 0) throw new Error(said(ended));
      await this.shell.run(announce(place.gateway ?? this.#machine));
      if (!(await this.reached([place], 60))) throw new Error(`is not reached at ${place.address}`);
    };
    try {
      await attempt();
    } catch (error) {
      process.stdout.write(
        `${this.host.name} (${this.backend}) gets a fresh disk: ${(error as Error).message}\n`,
      );
      await this.fresh();
      await attempt();
    }
    await this.shell.run('rm -rf /var/lib/wirebook/txn/*');
  }

  async fresh(): Promise<void> {
    await powerOff(this.folder, this.host);
    rmSync(join(this.folder, 'hosts', this.host.name, 'disk'), { force: true });
    for (const nic of ['eth1', 'eth2'] as const) await linkUp(this.folder, this.host, nic);
    await powerOn(this.folder, this.host);
    await hostUp(this.folder, this.host);
    this.shell.close();
  }

  /**
   * Waits until no guarded change has been under way on the host for a second. One whose preparation was cut off is not:
   * nothing was changed, and the next run takes its journal away.
   */
  async settled(seconds = 200): Promise<void> {
    await this.shell.run(
      `${NAP}
left=$((${seconds} * 4)) calm=0
until [ $calm -eq 4 ]; do
  calm=$((calm + 1)) left=$((left - 1))
  for file in /run/wirebook/*/ /var/lib/wirebook/txn/*/open /var/lib/wirebook/txn/*/persisting /var/lib/wirebook/txn/*/failing; do
    [ -e "$file" ] || continue
    name=\${file%/} name=\${name##*/}
    [ -e "/var/lib/wirebook/txn/$name/preparing" ] && flock -n /run/wirebook/lock true || calm=0
  done
  [ $left -gt 0 ] || { echo "a guarded change does not end:"; ls -d /run/wirebook/*/ /var/lib/wirebook/txn/*/*; exit 1; }
  nap 0.25
done`,
      2 * seconds + 30,
    );
  }

  /** Who has a lock and what is going on, for a failure. */
  async traces(): Promise<string[]> {
    const look = `head -n 1 /run/wirebook/*lock
for file in /proc/[0-9]*/fd/*; do
  case $(readlink "$file") in /run/wirebook/*) pid=\${file#/proc/}; pid=\${pid%%/*}; echo "$file $(readlink "$file") $(tr '\\0' ' ' </proc/$pid/cmdline | cut -c 1-80)" ;; esac
done
for journal in /var/lib/wirebook/txn/*/; do ls -l --time-style=+%T "$journal"; tail -n 20 "$journal"/outcome "$journal"/restore.err; done 2>/dev/null
ls -d /run/wirebook/*/ 2>/dev/null
ip -br addr
ls -l --time-style=+%T /etc/systemd/network
journalctl --no-pager -q -n 40 -u 'wirebook*' -u systemd-networkd | cut -c 1-200
date`;
    return this.shell.run(look).then(
      (text) => [text],
      () => [],
    );
  }

  /** The place where the host answers, if it does within a time. */
  async reached(places: readonly Place[], seconds: number): Promise<Place | undefined> {
    const end = performance.now() + 1000 * seconds;
    do {
      const answers = await Promise.all(places.map((place) => this.#answers(place)));
      const found = places.find((_, index) => answers[index]);
      if (found) return found;
      await sleep(300);
    } while (performance.now() < end);
    return undefined;
  }

  async #answers({ address, gateway }: Place): Promise<boolean> {
    const reach = { address, jump: gateway === undefined ? undefined : this.#helper };
    // By way of the helper there are two logins, and other hosts log in there at the same time
    const limit = gateway === undefined ? '5' : '15';
    try {
      await exec('timeout', [
        '-k',
        '1',
        limit,
        'ssh',
        ...sshArguments(this.folder, this.host, reach),
        'true',
      ]);
      return true;
    } catch {
      return false;
    }
  }
}

/** Waits for the end of a run, and makes it if it does not come. */
export async function within(running: Running, seconds: number): Promise<Ended> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      running.child.kill('SIGKILL');
      reject(new Error(`the run did not end within ${seconds} s`));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([running.ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

function parseRun({ stdout }: Ended): JsonRun | undefined {
  try {
    return JSON.parse(stdout) as JsonRun;
  } catch {
    return undefined;
  }
}

/** Errors of a run's tasks, in short. */
export function errorsOf(ended: Ended): { code: string; message: string }[] {
  return (parseRun(ended)?.plays ?? [])
    .flatMap(({ tasks }) => tasks.flatMap(({ hosts }) => Object.values(hosts)))
    .flatMap(({ error }) => (error ? [{ code: error.code, message: error.message }] : []));
}

const said = (ended: Ended): string => {
  const errors = errorsOf(ended).map(({ code, message }) => `${code}: ${message}`);
  const text =
    errors.length > 0 ? errors.join('; ') : `${ended.stdout.slice(-500)}${ended.stderr.slice(-500)}`;
  return `the run ended with ${ended.code ?? ended.signal}: ${text.replaceAll(/\s+/g, ' ').trim()}`;
};

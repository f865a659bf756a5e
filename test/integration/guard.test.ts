/** Guarded changes on a real host with systemd: its only way in is moved, cut, mistaken; it is killed and restarted. */
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import type { GuardPlan, Step } from '../../src/engine/module.ts';
import { runGuarded } from '../../src/engine/run/guard.ts';
import { Machine } from '../../src/engine/run/machine.ts';
import { createTransport } from '../../src/engine/transport/index.ts';
import type { Become } from '../../src/engine/transport/types.ts';
import { sshArguments } from '../../src/lab/access.ts';
import { hostUp, powerCut, rebootHost } from '../../src/lab/power.ts';
import { guardedPlan, readingWorld, step, Watched, wants } from '../engine/run/guard/host.ts';
import { useLab } from './lab.ts';

const exec = promisify(execFile);

const lab = useLab('guard', { hosts: 1, driver: 'uml', backends: ['networkd'] });

const FILE = '/etc/systemd/network/60-guard.network';
const READ = `ip -4 -o addr show mgmt0 | awk '{ print $4 }'; cat ${FILE} 2>/dev/null`;
const on = (command: string): Promise<string> => lab.on('host1', command);

const host = () => lab.lab.hosts[0]!;
const old = () => host().address;
const other = () => old().replace(/\d+$/, (last) => String(Number(last) + 100));

/** Puts mgmt0 back as it was, from whatever state. */
const restore = (): Step[] => [
  step('bring mgmt0 up', 'ip link set mgmt0 up'),
  // All of them: with the first of a subnet the kernel takes the others along
  step('take addresses away', 'ip -4 addr flush dev mgmt0'),
  step('put the address back', `ip addr add ${old()}/22 brd + dev mgmt0`),
];
const move = (from: string, to: string): Step[] => [
  step('add the new address', `ip addr add ${to}/22 brd + dev mgmt0`),
  step(
    'remove the old address',
    `ip addr del ${from}/22 dev mgmt0; ip addr replace ${to}/22 brd + dev mgmt0`,
  ),
];
const plan = (steps: readonly Step[], guard: Partial<GuardPlan> = {}) =>
  guardedPlan(steps, { files: [], restore: restore(), timeout: 8, ...guard });

const machines: Machine[] = [];
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.close();
});

async function open(changes: object = {}, become?: Become) {
  const { privateKey, knownHosts } = lab.lab;
  const inner = createTransport({
    kind: 'ssh',
    host: old(),
    user: 'root',
    privateKeyFile: privateKey,
    knownHostsFiles: [knownHosts],
    sshConfigFile: 'none',
    home: '/nonexistent',
    localUser: 'nobody',
    ...changes,
  });
  const watched = new Watched(inner);
  const machine = new Machine(watched.transport, readingWorld(READ), 'ann@admin pid 1');
  machines.push(machine);
  const shell = await machine.shell(become);
  await machine.lock(shell, []);
  return { watched, machine, shell };
}

const idle = async () => {
  expect(
    await on(
      'ls /run/wirebook; ls /etc/systemd/system/ | grep wirebook; ls /etc/systemd/network -A | grep wirebook; true',
    ),
  ).toBe('lock\ntxn.lock');
  expect(await on("systemctl list-units --all --no-legend 'wirebook*' | wc -l")).toBe('0');
};

test('the address moves: confirmed at the new one, over two connections', async () => {
  const knownHosts = lab.file('known_hosts.learn', '');
  copyFileSync(lab.lab.knownHosts, knownHosts);
  const { machine, shell, watched } = await open({ knownHostsFiles: [knownHosts] });
  const there = await runGuarded(
    machine,
    shell,
    plan(move(old(), other()), { dial: [other()] }),
    wants(`${other()}/22`),
  );
  expect(there).toMatchObject({ error: undefined, mismatches: [] });
  expect(there.warnings).toEqual([`test is at ${other()} now: say so in the inventory (ansible_host)`]);
  expect(watched.connects).toHaveLength(2);
  expect(readFileSync(knownHosts, 'utf8')).toMatch(new RegExp(`^${other()} ssh-ed25519 \\S+$`, 'm'));

  // Later connections go there
  await machine.disconnect();
  const shell2 = await machine.shell(undefined);
  expect(shell2.info.sshConnection?.[2]).toBe(other());
  await machine.lock(shell2, []);
  const back = await runGuarded(
    machine,
    shell2,
    plan(move(other(), old()), { dial: [old()] }),
    wants(`${old()}/22`),
  );
  expect(back.error).toBeUndefined();
  expect((await machine.shell(undefined)).info.sshConnection?.[2]).toBe(old());
  await machine.close();
  await idle();
});

test('an address that is kept: the same lock goes to the new connection', async () => {
  const { machine, shell, watched } = await open();
  const outcome = await runGuarded(machine, shell, plan([step('nothing', 'true')]), wants(`${old()}/22`));
  expect(outcome).toMatchObject({ error: undefined, warnings: [] });
  expect(watched.connects).toHaveLength(2);
  const requests = watched.requests.length;
  expect(await machine.lock(await machine.shell(undefined), [])).toBe(true);
  expect(watched.requests).toHaveLength(requests);
  await machine.close();
  await idle();
});

test('the old connection breaks: the new one does as well', async () => {
  const { machine, shell, watched } = await open();
  const kick = plan([step('kick', "pkill -f '[s]shd: root@notty'; sleep 0.5")]);
  const outcome = await runGuarded(machine, shell, kick, wants(`${old()}/22`));
  expect(outcome).toMatchObject({ error: undefined });
  expect(watched.connects.length).toBeLessThanOrEqual(3);
  expect((await machine.shell(undefined)).info.user).toBe('root');
  await machine.close();
  await idle();
});

// 1 lock, 2 begin, 3 wait on the old connection, 4 wait on the new one, 5 confirm
test.each([
  ['sent', 2],
  ['answered', 2],
  ['sent', 5],
  ['answered', 5],
] as const)('the controller dies: request %s: %i', async (moment, request) => {
  await on('rm -rf /var/lib/wirebook/txn');
  const { machine, shell, watched } = await open();
  const died = new Promise<void>((resolve) => {
    watched.onRequest = (number, when) => {
      if (number !== request || when !== moment) return;
      watched.die();
      machines.length = 0;
      resolve();
    };
  });
  const moved = plan(move(old(), other()), { dial: [other()], timeout: 8 });
  runGuarded(machine, shell, moved, wants(`${other()}/22`));
  await died;
  // What was only sent may never have come, so that there is no end to wait for
  if (moment === 'sent') await sleep(14_000);
  const { host: address, phase } = await vi.waitFor(
    async () => {
      const found = await where();
      if (moment === 'answered') expect(found.phase).not.toBe('none');
      return found;
    },
    { timeout: 60_000, interval: 500 },
  );
  if (moment === 'answered') expect(phase).toBe(request === 5 ? 'confirmed' : 'rolledback');
  if (address !== old()) {
    const way = await open({ host: address, hostKeyChecking: 'off' });
    const back = plan(move(other(), old()), { dial: [old()] });
    expect((await runGuarded(way.machine, way.shell, back, wants(`${old()}/22`))).error).toBeUndefined();
    await way.machine.close();
  }
  await idle();
});

/** At which address the host is, and whether that is what its last transaction says. */
async function where(): Promise<{ host: string; phase: string }> {
  const ask = 'cd /var/lib/wirebook/txn && cd "$(ls -t | head -n 1)" && ls';
  const { stdout } = await exec('ssh', [
    ...sshArguments(lab.lab.folder, host(), { address: await answering() }),
    `${ask}; ${READ}; true`,
  ]);
  const phase = /^(confirmed|rolledback)$/m.exec(stdout)?.[1] ?? 'none';
  const at = /^([\d.]+)\/22$/m.exec(stdout)![1]!;
  expect(at).toBe(phase === 'confirmed' ? other() : old());
  return { host: at, phase };
}

async function answering(): Promise<string> {
  try {
    await exec('ssh', [...sshArguments(lab.lab.folder, host()), 'true']);
    return old();
  } catch {
    return other();
  }
}

test.each([
  ['a channel each', '10'],
  ['one channel', '1'],
])('as an ordinary user who becomes root, with %s', async (_, sessions) => {
  const become: Become = { method: 'sudo', user: 'root' };
  await on(`id ann 2>/dev/null || useradd -m -s /bin/sh ann
    install -d -o ann -m 700 /home/ann/.ssh
    install -o ann -m 600 /root/.ssh/authorized_keys /home/ann/.ssh/authorized_keys
    echo 'ann ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ann
    sed -i '/MaxSessions/d' /etc/ssh/sshd_config
    sed -i '1i MaxSessions ${sessions}' /etc/ssh/sshd_config
    echo ann:unused-but-unlocked | chpasswd
    systemctl reload ssh; sleep 1`);
  const { machine, shell, watched } = await open({ user: 'ann' }, become);
  const { error } = await runGuarded(
    machine,
    shell,
    plan(move(old(), other()), { dial: [other()] }),
    wants(`${other()}/22`),
  );
  expect(error).toBeUndefined();
  expect(watched.connects).toHaveLength(2);
  const again = await machine.shell(become);
  expect(again.info).toMatchObject({
    user: 'root',
    sshConnection: [expect.any(String), expect.any(Number), other(), 22],
  });
  const moved = plan(move(other(), old()), { dial: [old()] });
  expect((await runGuarded(machine, again, moved, wants(`${old()}/22`))).error).toBeUndefined();
  await machine.close();
  await idle();
});

test.each([
  ['a wrong address', () => plan(move(old(), old().replace(/\d+$/, '250')), { dial: [other()] })],
  ['the link cut', () => plan([step('cut', 'ip link set mgmt0 down')])],
  ['the address gone', () => plan([step('remove', 'ip addr flush dev mgmt0')])],
])('%s: the host puts itself back', async (_, make) => {
  const { machine, shell } = await open();
  const { error, done } = await runGuarded(machine, shell, make(), () => []);
  expect(error).toMatchObject({ code: 'ROLLED_BACK' });
  expect(error?.message).toMatch(
    /^rolled back: the host could not be reached over a new connection .*within 8 s/,
  );
  expect(done).toEqual([]);
  // The machine goes on
  expect((await (await machine.shell(undefined)).run({ script: READ })).stdout.trim()).toBe(`${old()}/22`);
  await machine.close();
  await idle();
});

const store = step('store', `printf '[Match]\\nName=eth1\\n[Network]\\nAddress=192.0.2.7/24\\n' >${FILE}`, {
  persists: true,
});
const stored = () => on(`cat ${FILE} 2>/dev/null; ip -o addr show eth1 | grep -c 192.0.2.7; true`);
const reload = step('reload', 'networkctl reload');
const restoreFile = (): Partial<GuardPlan> => ({
  files: [FILE],
  restore: [reload, ...restore()],
  timeout: 60,
});

/** Runs steps and leaves them unconfirmed: the controller is gone. */
async function unconfirmed(): Promise<void> {
  const { machine, shell, watched } = await open();
  const died = new Promise<void>((resolve) => {
    watched.onRequest = (number, when) => {
      if (number !== 4 || when !== 'answered') return;
      watched.die();
      resolve();
    };
  });
  runGuarded(
    machine,
    shell,
    plan([store, reload, step('up', 'ip link set eth1 up')], restoreFile()),
    () => [],
  );
  await died;
  // It cannot close what is dead
  machines.length = 0;
}

test('the supervisor is killed: systemd has the host put back', async () => {
  await unconfirmed();
  expect(await stored()).toMatch(/192\.0\.2\.7/);
  await on('systemctl kill -s KILL "wirebook-guard-*"');
  await sleep(2000);
  expect(await on(`ls ${FILE} 2>/dev/null; true`)).toBe('');
  expect(await on('head -n 1 $(ls -td /var/lib/wirebook/txn/*/ | head -n 1)outcome')).toBe('dead steps');
  await idle();
});

test.each([
  ['reboots', rebootHost],
  ['loses power', powerCut],
])(
  'the host %s before the change is confirmed: the files are back before the network starts',
  async (_, down) => {
    await unconfirmed();
    expect(await stored()).toMatch(/192\.0\.2\.7/);
    await on('sync');
    await down(lab.lab.folder, host());
    expect(await stored()).toBe('0');
    expect(await on('journalctl -b -o cat -u "wirebook-restore-*" | tail -n 1')).toMatch(
      /Finished|Deactivated/,
    );
    expect(
      await on('ls -t /var/lib/wirebook/txn/ | head -n 1 | xargs -I{} ls /var/lib/wirebook/txn/{}'),
    ).toMatch(/rolledback/);
    expect(
      await on('ls /etc/systemd/system | grep wirebook; ls -A /etc/systemd/network | grep wirebook; true'),
    ).toBe('');
  },
);

test('the power goes right after the confirmation: the change holds', async () => {
  const { machine, shell } = await open();
  const { error } = await runGuarded(machine, shell, plan([store, reload], restoreFile()), () => []);
  expect(error).toBeUndefined();
  await powerCut(lab.lab.folder, host());
  await hostUp(lab.lab.folder, host());
  expect(await stored()).toMatch(/192\.0\.2\.7/);
  expect(await on('ls /etc/systemd/system | grep wirebook; true')).toBe('');
});

test('the host cannot be put back: unreachable, and later tasks do not try', async () => {
  const { machine, shell } = await open();
  const hopeless = plan([step('cut', 'ip link set mgmt0 down')], { restore: [], timeout: 5 });
  const { error } = await runGuarded(machine, shell, hopeless, () => []);
  expect(error).toMatchObject({ name: 'UnreachableError', code: 'CONNECTION_LOST' });
  expect(error?.message).toMatch(
    /^test is not reachable since a guarded change: the host could not be reached over a new connection within 5 s .*; it was to put itself back, but does not answer where it did before \(/,
  );
  await expect(machine.shell(undefined)).rejects.toBe(error);
  await powerCut(lab.lab.folder, host());
}, 120_000);

// npm run bench -- interfaces: hosts that store their interfaces with networkd (User Mode Linux). A converged run over 20
// interfaces beside ansible-core copying the same files; and a change of the connection's own path, guarded and not,
// beside the limit: two bare ssh2 connections one after the other.
// usage: npm run bench -- interfaces [--hosts 2] [--runs 5] [--part converged|guarded]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spawnSync } from 'node:child_process';
import YAML from 'yaml';
import { root } from '../scripts/steps.mjs';
import { have, hostsOf, median, must, once } from './measure.mjs';

const INTERFACES = 20;

const { values: flags } = parseArgs({
  options: {
    hosts: { type: 'string', default: '2' },
    runs: { type: 'string', default: '5' },
    part: { type: 'string' },
  },
});
if (![undefined, 'converged', 'guarded'].includes(flags.part))
  throw new Error(`there is no part ${flags.part}`);
const runs = Number(flags.runs);
const wirebook = join(root, 'bin/wirebook.mjs');
const folder = mkdtempSync(join(tmpdir(), 'wirebook-bench-'));
const lab = join(folder, 'lab');
const inventory = join(lab, 'inventory.yml');

try {
  must('node', [
    ...[wirebook, 'lab', 'up', '--driver', 'uml', '--backend', 'networkd', '--segments'],
    ...['--hosts', flags.hosts, '--dir', lab],
  ]);
  if (flags.part !== 'guarded') await converged();
  if (flags.part !== 'converged') await guarded();
} finally {
  spawnSync('node', [wirebook, 'lab', 'down', '--dir', lab], { stdio: 'inherit' });
  rmSync(folder, { recursive: true, force: true });
}

/** Ten bridges, each with a VLAN of eth4 as its port. */
async function converged() {
  const numbers = Array.from({ length: INTERFACES / 2 }, (_, index) => index + 1);
  const own = play(
    numbers.flatMap((n) => [
      { vlan: { name: `vlan${n}`, parent: 'eth4', id: n } },
      { bridge: { name: `br${n}`, ports: [`vlan${n}`], stp: false } },
    ]),
  );
  must('node', [wirebook, 'run', '-i', inventory, file('own.yml', own)]);
  const copies = numbers.flatMap((n) => [
    copy(`10-vlan${n}.netdev`, `[NetDev]\nName=vlan${n}\nKind=vlan\n[VLAN]\nId=${n}\n`),
    copy(`10-br${n}.netdev`, `[NetDev]\nName=br${n}\nKind=bridge\n`),
    copy(`10-vlan${n}.network`, `[Match]\nName=vlan${n}\n[Network]\nBridge=br${n}\n`),
    copy(`10-br${n}.network`, `[Match]\nName=br${n}\n[Network]\nLinkLocalAddressing=no\n`),
  ]);
  const theirs = file('theirs.yml', play(copies));
  const [{ knownHosts }] = hostsOf(inventory);
  const ansible = {
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_FORKS: flags.hosts,
    ANSIBLE_SSH_ARGS: `-F none -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${knownHosts}`,
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, 'cp'),
    ANSIBLE_LOCAL_TEMP: join(folder, 'tmp'),
  };
  const peers = {
    wirebook: { argv: ['node', wirebook, 'run', '-i', inventory, join(folder, 'own.yml')] },
    ...(have('ansible-playbook') && {
      'ansible-core, copy': { argv: ['ansible-playbook', '-i', inventory, theirs], env: ansible },
    }),
  };
  await compare(`${INTERFACES} interfaces converged`, peers);
}

/** The address that the connection goes to moves from eth1 to a bridge over it, and back. */
async function guarded() {
  const address = { addresses: ['{{ seg1_address }}'] };
  const there = (guard) => play([{ bridge: { name: 'brm', ports: ['eth1'], ipv4: address, guard } }]);
  const back = file(
    'back.yml',
    play([
      { bridge: { name: 'brm', state: 'absent' } },
      { iface: { name: 'eth1', mtu: 1500, ipv4: address } },
    ]),
  );
  const hosts = YAML.parse(spawnSync('cat', [inventory], { encoding: 'utf8' }).stdout);
  for (const host of Object.values(hosts.kvm.hosts)) host.ansible_host = host.seg1_address.split('/')[0];
  const through = file('through.yml', YAML.stringify(hosts));
  const reset = () => must('node', [wirebook, 'run', '-i', inventory, back]);
  const limit = file('hosts.json', JSON.stringify({ hosts: hostsOf(through) }));
  const bare = ['node', join(root, 'bench/limit.mjs'), limit];
  const run = (name, guard) => ['node', wirebook, 'run', '-i', through, file(name, there(guard))];
  await compare(
    'the path of the connection changed',
    {
      'wirebook, guarded': { argv: run('guarded.yml', 'auto') },
      'wirebook, guard: never': { argv: run('never.yml', 'never') },
      'limit, two connections': { argv: ['sh', '-c', '"$@" && "$@"', 'sh', ...bare] },
    },
    reset,
  );
}

async function compare(title, peers, reset = () => {}) {
  console.log(`\n${flags.hosts} hosts, ${title}, medians of ${runs} whole processes`);
  console.log('| | seconds | × first |\n|---|---|---|');
  let first;
  for (const [name, peer] of Object.entries(peers)) {
    const times = [];
    reset();
    await once(peer, folder);
    for (let run = 0; run < runs; run++) {
      reset();
      times.push((await once(peer, folder)).seconds);
    }
    const seconds = median(times);
    first ??= seconds;
    console.log(`| ${name} | ${seconds.toFixed(2)} | ${(seconds / first).toFixed(2)} |`);
  }
}

function file(name, text) {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function play(tasks) {
  return YAML.stringify([{ hosts: 'kvm', gather_facts: false, tasks }]);
}

function copy(name, content) {
  return { copy: { dest: `/root/bench-${name}`, content } };
}

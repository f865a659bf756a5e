// npm run bench -- controller: what costs the controller alone, without a host. Wirebook beside ansible-core, whole
// processes: an inventory listed, and a playbook of many tasks checked without a connection.
// usage: npm run bench -- controller [--hosts 1000] [--tasks 500] [--runs 5]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import YAML from 'yaml';
import { root } from '../scripts/steps.mjs';
import { have, median, once } from './measure.mjs';

const { values: flags } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    tasks: { type: 'string', default: '500' },
    runs: { type: 'string', default: '5' },
  },
});
const wirebook = join(root, 'bin/wirebook.mjs');
const folder = mkdtempSync(join(tmpdir(), 'wirebook-bench-'));
const env = { ANSIBLE_LOCAL_TEMP: join(folder, 'tmp') };

try {
  const inventory = writeInventory(Number(flags.hosts));
  await compare(`inventory of ${flags.hosts} hosts listed`, {
    wirebook: { argv: ['node', wirebook, 'inventory', '--list', '-i', inventory] },
    'ansible-core': { argv: ['ansible-inventory', '--list', '-i', inventory], env },
  });
  const own = writePlaybook('own.yml', (n) => ({ bridge: { name: `br${n}`, ports: [], stp: false } }));
  const theirs = writePlaybook('theirs.yml', (n) => ({
    command: { argv: ['ip', 'link', 'show', `br${n}`] },
  }));
  await compare(`playbook of ${flags.tasks} tasks checked`, {
    'wirebook (parameters too)': { argv: ['node', wirebook, 'lint', '-i', inventory, own] },
    'ansible-core (syntax)': { argv: ['ansible-playbook', '--syntax-check', '-i', inventory, theirs], env },
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function writeInventory(count) {
  const directory = join(folder, 'fleet');
  mkdirSync(join(directory, 'group_vars'), { recursive: true });
  const hosts = Array.from({ length: count }, (_, n) => [
    `kvm${n}`,
    { ansible_host: `10.0.${n >> 8}.${n & 255}`, rack: n % 40 },
  ]);
  const groups = { all: { children: { kvm: { hosts: Object.fromEntries(hosts) } } } };
  writeFileSync(join(directory, 'hosts.yml'), YAML.stringify(groups));
  writeFileSync(join(directory, 'group_vars/kvm.yml'), 'bridge: br0\n');
  return directory;
}

function writePlaybook(name, task) {
  const tasks = Array.from({ length: Number(flags.tasks) }, (_, n) => task(n));
  writeFileSync(join(folder, name), YAML.stringify([{ hosts: 'kvm', gather_facts: false, tasks }]));
  return join(folder, name);
}

async function compare(title, peers) {
  console.log(`\n${title}, medians of ${flags.runs} whole processes`);
  console.log('| | seconds | × Wirebook | peak MiB |\n|---|---|---|---|');
  let first;
  for (const [name, peer] of Object.entries(peers)) {
    if (!have(peer.argv[0])) continue;
    const results = [];
    for (let run = 0; run < Number(flags.runs); run++) results.push(await once(peer, folder));
    const seconds = median(results.map((result) => result.seconds));
    const memory = median(results.map((result) => result.memory));
    first ??= seconds;
    console.log(
      `| ${name} | ${seconds.toFixed(2)} | ${(seconds / first).toFixed(1)} | ${memory.toFixed(0)} |`,
    );
  }
}

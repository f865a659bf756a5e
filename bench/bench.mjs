// npm run bench: Wirebook, ansible-core, ansible with mitogen, and the limit of bare ssh2, on the same lab hosts in one
// run, converged and changing. Prints medians of whole processes, ratios, and the memory Wirebook took at its peak.
// usage: npm run bench -- [--hosts 10,50] [--runs 5] [--only wirebook,limit] [--modes converged,changing]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import YAML from 'yaml';
import { root } from '../scripts/steps.mjs';
import { have, hostsOf, median, must, once } from './measure.mjs';

const TASKS = 10;
const CIPHERS = ['aes128-gcm@openssh.com'];

/** Where Debian's ansible-mitogen has its strategies. */
const MITOGEN = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy';

const { values: flags } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10,50' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
    modes: { type: 'string', default: 'converged,changing' },
  },
});
const runs = Number(flags.runs);
const wirebook = join(root, 'bin/wirebook.mjs');

await startUp();
for (const count of flags.hosts.split(',').map(Number)) await benchmark(count);

/** What the command itself costs: nothing but its version, beside an empty program. */
async function startUp() {
  const commands = {
    'wirebook --version': ['node', wirebook, '--version'],
    'node -e 0': ['node', '-e', '0'],
  };
  const seconds = {};
  for (const [name, argv] of Object.entries(commands)) {
    const times = [];
    for (let run = 0; run < 4 * runs; run++) times.push((await once({ argv }, root)).seconds);
    seconds[name] = median(times);
  }
  const [own, empty] = Object.values(seconds);
  console.log(`wirebook --version: ${(1000 * own).toFixed(0)} ms, ${(own / empty).toFixed(2)} × node -e 0`);
}

async function benchmark(count) {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-bench-'));
  const lab = join(folder, 'lab');
  try {
    must('node', [
      wirebook,
      'lab',
      'up',
      '--driver',
      'netns',
      '--sshd-only',
      '--hosts',
      String(count),
      '--dir',
      lab,
    ]);
    const { reset, peers } = writePeers(folder, join(lab, 'inventory.yml'), count);
    const chosen = Object.entries(peers).filter(
      ([name]) => !flags.only || flags.only.split(',').includes(name),
    );
    const results = {};
    for (const mode of flags.modes.split(',')) {
      for (const [name, peer] of chosen) {
        if (mode === 'changing' && !peer.changes) continue;
        if (mode === 'converged') await once(peer, folder);
        const times = [];
        for (let run = 0; run < runs; run++) {
          if (mode === 'changing') must('node', [wirebook, ...reset]);
          times.push(await once(peer, folder));
        }
        results[`${name} ${mode}`] = {
          seconds: median(times.map(({ seconds }) => seconds)),
          memory: Math.max(...times.map(({ memory }) => memory)),
        };
      }
    }
    print(count, results);
  } finally {
    spawnSync('node', [wirebook, 'lab', 'down', '--dir', lab], { stdio: 'inherit' });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same work for each peer: ten bridges, by one task each. */
function writePeers(folder, inventory, count) {
  const names = Array.from({ length: TASKS }, (_, index) => `bench${index}`);
  // The peers store nothing either
  const vars = { network_backend: 'iproute2' };
  const play = (tasks) => YAML.stringify([{ hosts: 'kvm', gather_facts: false, vars, tasks }]);
  const file = (name, text) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const own = file('wirebook.yml', play(names.map((name) => ({ bridge: { name } }))));
  const theirs = file(
    'ansible.yml',
    play(
      names.map((name) => ({
        shell: `ip link show ${name} up 2>/dev/null | grep -q . || { ip link add ${name} type bridge; ip link set ${name} up; echo changed; }`,
        register: 'result',
        changed_when: "'changed' in result.stdout",
      })),
    ),
  );
  const undo = file('undo.yml', play(names.map((name) => ({ bridge: { name, state: 'absent' } }))));
  const hosts = hostsOf(inventory);
  const limit = file('hosts.json', JSON.stringify({ hosts, ciphers: CIPHERS }));
  const ansible = {
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_FORKS: String(count),
    ANSIBLE_GATHERING: 'explicit',
    ANSIBLE_SSH_ARGS: `-F none -c ${CIPHERS[0]} -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${hosts[0].knownHosts}`,
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, 'cp'),
    ANSIBLE_LOCAL_TEMP: join(folder, 'tmp'),
    ANSIBLE_NOCOLOR: '1',
  };
  const mitogen = existsSync(`${MITOGEN}/mitogen_linear.py`) ? MITOGEN : undefined;
  const playbook = ['-i', inventory, theirs];
  const peers = {
    wirebook: { argv: ['node', wirebook, 'run', '-i', inventory, own], changes: true },
    limit: { argv: ['node', join(root, 'bench/limit.mjs'), limit], changes: false },
    ...(have('ansible-playbook')
      ? { 'ansible-core': { argv: ['ansible-playbook', ...playbook], env: ansible, changes: true } }
      : {}),
    ...(mitogen && have('ansible-playbook')
      ? {
          mitogen: {
            argv: ['ansible-playbook', ...playbook],
            env: { ...ansible, ANSIBLE_STRATEGY: 'mitogen_linear', ANSIBLE_STRATEGY_PLUGINS: mitogen },
            changes: true,
          },
        }
      : {}),
  };
  return { reset: ['run', '-i', inventory, undo, '-o', 'json'], peers };
}

function print(count, results) {
  const reference = (mode) => results[`wirebook ${mode}`]?.seconds;
  console.log(`\n${count} hosts, ${TASKS} bridge tasks, medians of ${runs} whole processes`);
  console.log('| | seconds | × Wirebook | peak MiB |\n|---|---|---|---|');
  for (const [name, { seconds, memory }] of Object.entries(results)) {
    const mode = name.split(' ').at(-1);
    const ratio = reference(mode) === undefined ? '' : (seconds / reference(mode)).toFixed(2);
    console.log(`| ${name} | ${seconds.toFixed(2)} | ${ratio} | ${memory.toFixed(0)} |`);
  }
}

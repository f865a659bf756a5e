// npm run bench -- networks: a converged host of 100 libvirt networks, looked at again: Wirebook, and community.libvirt's
// virt_net under ansible-core. Both run on the host itself, without SSH, on a libvirtd of their own in namespaces. virt_net
// does not compare definitions: `state: present` looks whether there is a network of that name, no more. Then the
// controller's CPU for comparing what was read with what the tasks say, in one process.
// usage: npm run bench -- networks [--networks 100] [--runs 5] [--only wirebook]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import YAML from 'yaml';
import { root } from '../scripts/steps.mjs';
import { have, median, once } from './measure.mjs';

const { values: flags } = parseArgs({
  options: {
    networks: { type: 'string', default: '100' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});
const runs = Number(flags.runs);
const folder = mkdtempSync(join(tmpdir(), 'wirebook-bench-'));
const code = join(root, 'dist.bench', String(process.pid));
const numbers = Array.from({ length: Number(flags.networks) }, (_, index) => index);

const xml = (index) =>
  `<network><name>net${index}</name><bridge name='virbr${index}'/><ip address='10.50.${index}.1' netmask='255.255.255.0'><dhcp><range start='10.50.${index}.100' end='10.50.${index}.200'/></dhcp></ip></network>`;
const params = (index) => ({
  name: `net${index}`,
  state: 'inactive',
  bridge: { name: `virbr${index}` },
  ips: [
    {
      address: `10.50.${index}.1/24`,
      dhcp: { ranges: [{ start: `10.50.${index}.100`, end: `10.50.${index}.200` }] },
    },
  ],
});

const play = (tasks) =>
  YAML.stringify([{ hosts: 'localhost', gather_facts: false, connection: 'local', tasks }]);
const file = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

// TypeScript of the tests and of the comparison, as JavaScript
await build({
  absWorkingDir: root,
  entryPoints: { libvirtd: 'test/libvirtd.ts', compare: 'bench/networks-compare.ts' },
  outdir: code,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
});
const { startLibvirtd, libvirtdMissing } = await import(pathToFileURL(join(code, 'libvirtd.mjs')).href);
if (libvirtdMissing) {
  console.error(libvirtdMissing);
  process.exit(1);
}
const host = await startLibvirtd();
try {
  for (const index of numbers) file(`net${index}.xml`, xml(index));
  const defined = await host.exec(
    `virsh -q "${numbers.map((index) => `net-define ${folder}/net${index}.xml`).join('\n')}"`,
  );
  if (defined.status !== 0 || defined.stderr !== '') throw new Error(defined.stderr);
  const inside = host.argv.slice(0, -1);
  const own = file('own.yml', play(numbers.map((index) => ({ network: params(index) }))));
  const theirs = file(
    'theirs.yml',
    play(
      numbers.map((index) => ({
        'community.libvirt.virt_net': { command: 'define', name: `net${index}`, xml: xml(index) },
      })),
    ),
  );
  const peers = {
    wirebook: { argv: [...inside, 'node', join(root, 'bin/wirebook.mjs'), 'run', '-i', 'localhost,', own] },
    ...(flags.only !== 'wirebook' &&
      have('ansible-playbook') && {
        'ansible-core, virt_net': {
          argv: [...inside, 'ansible-playbook', '-i', 'localhost,', theirs],
          env: { ANSIBLE_PIPELINING: 'True', ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3' },
        },
      }),
  };
  const tasks = file('tasks.json', JSON.stringify(numbers.map(params)));
  const compare = spawnSync(
    process.execPath,
    [join(code, 'compare.mjs'), tasks, String(runs), ...host.argv],
    {
      encoding: 'utf8',
    },
  );
  if (compare.status !== 0) throw new Error(compare.stderr);
  console.log(compare.stdout.trim());
  console.log(`\n${numbers.length} networks converged, medians of ${runs} whole processes`);
  console.log('| | seconds | × first |\n|---|---|---|');
  let first;
  for (const [name, peer] of Object.entries(peers)) {
    await once(peer, folder);
    const times = [];
    for (let run = 0; run < runs; run++) times.push((await once(peer, folder)).seconds);
    const seconds = median(times);
    first ??= seconds;
    console.log(`| ${name} | ${seconds.toFixed(2)} | ${(seconds / first).toFixed(2)} |`);
  }
} finally {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(code, { recursive: true, force: true });
}

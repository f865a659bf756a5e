// npm run bench: installs what the peers need, builds, measures. A subject as first argument (`controller`, `interfaces`)
// measures bench/SUBJECT.mjs; else arguments go to bench/bench.mjs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle, installDependencies, installPackages, must, root } from './steps.mjs';

await installDependencies();
await installPackages(
  ['ansible-core', 'ansible-mitogen', 'openssh-client', 'openssh-server', 'iproute2', 'mmdebstrap'],
  'peers',
);
await buildBundle();
const [first = '', ...rest] = process.argv.slice(2);
const subject = /^[a-z]+$/.test(first) && join(root, 'bench', `${first}.mjs`);
const args = subject ? rest : process.argv.slice(2);
if (subject && !existsSync(subject)) {
  console.error(`there is no bench/${first}.mjs`);
  process.exit(1);
}
must(process.execPath, [subject || join(root, 'bench/bench.mjs'), ...args]);

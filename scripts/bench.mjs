// npm run bench: installs what the peers need, builds, measures. `interfaces` as first argument
// measures bench/interfaces.mjs; else arguments go to bench/bench.mjs.
import { join } from 'node:path';
import { buildBundle, installDependencies, installPackages, must, root } from './steps.mjs';

await installDependencies();
await installPackages(
  ['ansible-core', 'ansible-mitogen', 'openssh-client', 'openssh-server', 'iproute2', 'mmdebstrap'],
  'peers',
);
await buildBundle();
const [first, ...rest] = process.argv.slice(2);
const file = first === 'interfaces' ? 'bench/interfaces.mjs' : 'bench/bench.mjs';
const args = first === 'interfaces' ? rest : process.argv.slice(2);
must(process.execPath, [join(root, file), ...args]);

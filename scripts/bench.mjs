// npm run bench: installs what the peers need, builds, measures. Arguments go to bench/bench.mjs.
import { join } from 'node:path';
import { buildBundle, installDependencies, installPackages, must, root } from './steps.mjs';

await installDependencies();
await installPackages(
  ['ansible-core', 'ansible-mitogen', 'openssh-client', 'openssh-server', 'iproute2', 'mmdebstrap'],
  'peers',
);
await buildBundle();
must(process.execPath, [join(root, 'bench/bench.mjs'), ...process.argv.slice(2)]);

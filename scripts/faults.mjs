// npm run faults: installs what the lab needs, builds, makes faults happen. Arguments go to test/faults/main.ts.
// usage: npm run faults -- [--count 200] [--seed 1] [--only networkd,netplan] [--row 17] [--parallel 3] [--output FILE]
//   [--resume]: keeps the rows of the table that are ok, and makes the others
import { buildBundle, installDependencies, installPackages, mustTypeScript } from './steps.mjs';

await installDependencies();
await installPackages(['e2fsprogs', 'iproute2', 'mmdebstrap', 'openssh-client'], 'the faults');
await buildBundle();

await mustTypeScript('test/faults/main.ts', process.argv.slice(2));

// npm run soak: installs what libvirt needs, makes random changes on real hosts. Arguments go to test/soak/main.ts.
// usage: npm run soak -- [--only networks,nics] [--count 100] [--seed 1] [--output FILE]
import { installDependencies, installPackages, LIBVIRTD, mustTypeScript } from './steps.mjs';

await installDependencies();
await installPackages(LIBVIRTD, 'the soak');
await mustTypeScript('test/soak/main.ts', process.argv.slice(2));

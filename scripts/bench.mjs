// npm run bench: installs what the peers need, builds, measures. A subject as first argument (`controller`,
// `interfaces`, `networks`, `nics`) measures bench/SUBJECT.mjs; else arguments go to bench/bench.mjs.
import { join } from 'node:path';
import { buildBundle, installDependencies, installPackages, LIBVIRTD, must, root } from './steps.mjs';

const HOSTS = [
  'ansible-core',
  'ansible-mitogen',
  'openssh-client',
  'openssh-server',
  'iproute2',
  'mmdebstrap',
];
const LIBVIRT = [...LIBVIRTD, 'ansible', 'python3-libvirt', 'python3-lxml'];

/** Debian packages of each subject. */
const SUBJECTS = { controller: ['ansible-core'], interfaces: HOSTS, networks: LIBVIRT, nics: LIBVIRT };

const [first = '', ...rest] = process.argv.slice(2);
const subject = first !== '' && !first.startsWith('-');
if (subject && !Object.hasOwn(SUBJECTS, first)) {
  console.error(`there is nothing to measure called ${first}: ${Object.keys(SUBJECTS).join(', ')}`);
  process.exit(1);
}
await installDependencies();
await installPackages(subject ? SUBJECTS[first] : HOSTS, 'peers');
await buildBundle();
const file = join(root, 'bench', `${subject ? first : 'bench'}.mjs`);
must(process.execPath, [file, ...(subject ? rest : process.argv.slice(2))]);

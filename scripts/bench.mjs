// npm run bench: installs what the peers need, builds, measures. `interfaces` or `networks`
// as first argument measures bench/interfaces.mjs or bench/networks.mjs; else arguments go to bench/bench.mjs.
import { join } from 'node:path';
import { buildBundle, installDependencies, installPackages, must, root } from './steps.mjs';

await installDependencies();
const [first, ...rest] = process.argv.slice(2);
const own = ['interfaces', 'networks'].includes(first);
const libvirt = [
  'ansible',
  'dnsmasq-base',
  'iptables',
  'libvirt-clients',
  'libvirt-daemon-driver-qemu',
  'libvirt-daemon-system',
  'python3-libvirt',
  'python3-lxml',
  'qemu-system-x86',
];
await installPackages(
  first === 'networks'
    ? libvirt
    : ['ansible-core', 'ansible-mitogen', 'openssh-client', 'openssh-server', 'iproute2', 'mmdebstrap'],
  'peers',
);
await buildBundle();
const file = own ? `bench/${first}.mjs` : 'bench/bench.mjs';
must(process.execPath, [join(root, file), ...(own ? rest : process.argv.slice(2))]);

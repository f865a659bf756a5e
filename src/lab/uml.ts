import { labFile } from './files.ts';
import { hostFolder } from './hosts.ts';
import { batch, joinMgmt, joinSegments } from './network.ts';
import {
  DATA_NICS,
  dataPort,
  type Form,
  type LabHost,
  labName,
  macAddress,
  mgmtPort,
  PREFIX_LENGTH,
} from './plan.ts';

/** The user that the kernels run as: nobody. */
const KERNEL_USER = 65534;

/** What all hosts of a lab boot from. */
export interface UmlFiles {
  root: string;
  image: string;
  kernel: string;
  initramfs: string;
  /** Image of the kernel's modules, or empty */
  modules: string;
}

const taps = (host: LabHost): string[] => [mgmtPort(host), ...DATA_NICS.map((nic) => dataPort(host, nic))];

/** Makes the taps of all hosts in the switch namespace. */
export const makeTaps = (id: number, hosts: readonly LabHost[]): Promise<void> =>
  batch(
    hosts.flatMap((host) => [
      ...taps(host).map((port) => `tuntap add ${port} mode tap user ${KERNEL_USER}`),
      // The driver in there drops frames of several segments, and whoever sends them waits to send them again
      ...taps(host).map((port) => `link set ${port} gso_max_segs 1`),
      joinMgmt(host),
      ...joinSegments(host),
    ]),
    labName(id),
  );

/** The argument of a host's kernel, and of what starts it, that names the host. */
export const umlName = (host: LabHost): string => `umid=${host.name}`;

/** The command that is a host, from power on to power off. */
export function umlCommand(
  id: number,
  host: LabHost,
  { folder, form, files }: { folder: string; form: Form; files: UmlFiles },
): string[] {
  const tap = (nic: number, port: string) =>
    `vec${nic}:transport=tap,ifname=${port},depth=64,mac=${macAddress(host, nic)}`;
  return [
    ...['ip', 'netns', 'exec', labName(id), 'unshare', '--mount', '--pid', '--fork'],
    ...['--propagation', 'private', 'sh', labFile('uml-host.sh'), hostFolder(folder, host)],
    ...[files.root, files.image, files.kernel, files.initramfs, files.modules],
    form === 'full' ? '768M' : '256M',
    ...['seccomp=on', umlName(host), `lab.address=${host.address}/${PREFIX_LENGTH}`],
    `lab.form=${form}`,
    tap(0, mgmtPort(host)),
    ...DATA_NICS.map((nic) => tap(nic, dataPort(host, nic))),
  ];
}

import { run } from './exec.ts';
import { labFile } from './files.ts';
import { hostFolder } from './hosts.ts';
import { batch, joinMgmt, joinSegments } from './network.ts';
import {
  DATA_NICS,
  dataPort,
  type Form,
  hostNamespace,
  type LabHost,
  labName,
  macAddress,
  mgmtPort,
  PREFIX_LENGTH,
} from './plan.ts';

/** Makes the namespaces of all hosts and the cables from them to the switch. */
export async function makeNamespaces(id: number, hosts: readonly LabHost[]): Promise<void> {
  const cable = (port: string, host: LabHost, name: string, nic: number) =>
    `link add ${port} type veth peer name ${name} address ${macAddress(host, nic)} netns ${hostNamespace(id, host)}`;
  await batch(hosts.map((host) => `netns add ${hostNamespace(id, host)}`));
  await batch(
    hosts.flatMap((host) => [
      cable(mgmtPort(host), host, 'mgmt0', 0),
      joinMgmt(host),
      ...DATA_NICS.map((nic) => cable(dataPort(host, nic), host, `eth${nic}`, nic)),
      ...joinSegments(host),
    ]),
    labName(id),
  );
}

/** The command that is a host in its namespace; `cgroup` is its control group, for hosts with systemd. */
export function namespaceCommand(
  id: number,
  host: LabHost,
  { form, folder, root, cgroup }: { form: Form; folder: string; root: string; cgroup: string | undefined },
): string[] {
  const enter = ['ip', 'netns', 'exec', hostNamespace(id, host)];
  const unshare = `unshare --mount --pid --fork --uts ${form === 'full' ? '--ipc --cgroup' : ''} --propagation private`;
  const script = ['sh', labFile('netns-host.sh'), form, hostFolder(folder, host), root];
  const argv = [...enter, ...unshare.split(/ +/), ...script, `${host.address}/${PREFIX_LENGTH}`];
  if (cgroup === undefined) return argv;
  const intoGroup = 'mkdir -p "$1" && echo $$ >"$1/cgroup.procs" && shift && exec "$@"';
  return ['sh', '-c', intoGroup, 'sh', cgroup, ...argv];
}

/** Whether the running kernel can make bonds and VLANs, tried in a namespace that goes at once. */
export async function kernelHasBonds(): Promise<boolean> {
  const script = 'ip link add b0 type bond && ip link add link b0 name b0.2 type vlan id 2';
  try {
    await run(['unshare', '--net', 'sh', '-c', script]);
    return true;
  } catch {
    return false;
  }
}

/** libvirt's XML in the words of the interface modules: the tasks that it is worth. */
import type { ParamProblem } from '../../engine/module.ts';
import { problem } from '../interfaces/check.ts';
import { describeLink, type Links } from '../interfaces/link.ts';
import type { Profile, StoredFamily6 } from '../interfaces/profile.ts';
import { own } from '../own.ts';
import { parseInterface } from './interface-xml.ts';

/** What a task of one module would say. */
export interface InterfaceTask {
  readonly kind: Profile['kind'];
  readonly params: { readonly name: string } & Readonly<Record<string, unknown>>;
}

/**
 * The bonds and VLANs in an interface, and at last itself. What is in it starts as it does. Ethernet
 * interfaces in it are ports, of which the XML says nothing more.
 * @throws EngineError XML_SYNTAX, XML_CONTENT
 */
export function tasksOfXml(text: string): readonly InterfaceTask[] {
  const profiles = parseInterface(text);
  const [top, ...inside] = profiles as readonly [Profile, ...Profile[]];
  const nested = inside.filter(({ kind }) => kind !== 'ethernet');
  return [...nested, top].map((profile) => ({
    kind: profile.kind,
    params: paramsOf(profile, top.onboot, profiles),
  }));
}

function paramsOf(
  { name, kind, mtu, mac, parent, bridge, bond, vlan, ipv4, ipv6 }: Profile,
  onboot: Profile['onboot'],
  all: readonly Profile[],
): InterfaceTask['params'] {
  const ports = all.filter(({ controller }) => controller === name).map((port) => port.name);
  return {
    name,
    ...(onboot !== undefined && { onboot }),
    ...(mtu !== undefined && { mtu }),
    ...(mac !== undefined && { mac }),
    ...(parent !== undefined && { parent }),
    ...bridge,
    ...bond,
    ...vlan,
    ...((kind === 'bridge' || kind === 'bond') && { ports }),
    ...(ipv4 && { ipv4: familyParams(ipv4) }),
    ...(ipv6 && { ipv6: { autoconf: ipv6.autoconf ?? false, ...familyParams(ipv6) } }),
  };
}

/** A protocol that is there says all addresses, and whether there is DHCP. */
const familyParams = ({ dhcp, peerdns, addresses, gateway }: StoredFamily6): Record<string, unknown> => ({
  dhcp: dhcp ? (peerdns === undefined ? true : { peerdns }) : false,
  addresses: addresses ?? [],
  ...(gateway !== undefined && { gateway }),
});

/** What libvirt takes and the kernel does not. */
export function kernelProblems({ params: { name, id, mtu, mac } }: InterfaceTask): ParamProblem[] {
  const range = (message: string, hint?: string) => problem(['xml'], 'PARAM_RANGE', message, hint);
  const problems: ParamProblem[] = [];
  if (id === 0 || id === 4095) {
    problems.push(range(`the tag of vlan ${name} is ${id}`, 'VLAN IDs run from 1 to 4094'));
  }
  if (typeof mtu === 'number' && (mtu < 68 || mtu > 65_535)) {
    problems.push(range(`the MTU of ${name} is ${mtu}, not 68 to 65535`));
  }
  if (typeof mac === 'string' && Number.parseInt(mac.slice(0, 2), 16) % 2 === 1) {
    problems.push(range(`the MAC ${mac} of ${name} is a multicast address`, 'its first byte must be even'));
  }
  return problems;
}

/** Ports whose MAC in the XML is that of no such device: name and MAC say different things of which NIC is meant. */
export function portMacProblem(text: string, links: Links): string | undefined {
  const [, ...inside] = parseInterface(text);
  for (const { name, mac, kind } of inside) {
    const link = own(links, name);
    if (mac === undefined || link === undefined || link.mac === mac || link.permanentMac === mac) continue;
    return `${describeLink({ name, kind })} has the MAC ${link.permanentMac ?? link.mac}, and in the XML ${mac}`;
  }
  return undefined;
}

/** Where a NIC would be plugged in, as the host is: what a live NIC gets from its network, and what is missing. */
import { EngineError } from '../../engine/errors.ts';
import { UNKNOWN } from '../../engine/unknown.ts';
import { own } from '../own.ts';
import type { HostState } from '../state.ts';
import { isL3 } from './network.ts';
import type { Nic, NicFields } from './nic.ts';
import { atLeast } from './virsh.ts';

/** Whether libvirt is on this very host, whose links were read: of another host's links nothing is known. */
export const isLocal = (uri: string): boolean => /^[^/]*:\/\/\//.test(uri);

/** Why a NIC with this configuration cannot be plugged in now; libvirt would refuse it too. */
export function plugProblem(state: HostState, uri: string, nic: Nic): EngineError | undefined {
  if (!isHotpluggable(nic)) {
    return new EngineError(
      'REFUSED',
      `libvirt cannot plug a NIC of type ${nic.type} into a guest that runs`,
      {
        hint: 'state: defined stores it for the next boot',
      },
    );
  }
  const network = nic.type === 'network' ? networkProblem(state, uri, nic) : undefined;
  const plugged = effectiveNic(state, uri, nic);
  return network ?? deviceProblem(state, uri, plugged) ?? settingProblem(state, uri, plugged);
}

/** Why a new device of that name cannot be made for the NIC. */
export function targetProblem(state: HostState, uri: string, { target }: Nic): EngineError | undefined {
  if (typeof target !== 'string' || !isLocal(uri) || own(state.links, target) === undefined) return undefined;
  return new EngineError(
    'REFUSED',
    `the host has a link ${target} already, which the NIC would be named on it`,
    {
      hint: 'choose another target, or leave it out',
    },
  );
}

function deviceProblem(state: HostState, uri: string, nic: Nic): EngineError | undefined {
  if (!isLocal(uri)) return undefined;
  const device = nic.type === 'bridge' ? nic.bridge : nic.type === 'direct' ? nic.dev : undefined;
  if (typeof device !== 'string') return undefined;
  const link = own(state.links, device);
  const kind = nic.type === 'bridge' ? 'bridge' : 'link';
  if (link === undefined) {
    return new EngineError('REQUIREMENT', `there is no ${kind} ${device} on the host to plug the NIC into`, {
      hint: `make the ${kind} in an earlier task, or use scope: config to store the NIC only`,
    });
  }
  if (kind === 'link' || link.kind === 'bridge' || nic.virtualport?.type !== undefined) return undefined;
  return new EngineError('REQUIREMENT', `${device} is no bridge, so that no NIC can be plugged into it`, {
    hint: 'type: direct plugs a NIC into a device that is no bridge',
  });
}

/**
 * A setting that libvirt has not for what the NIC is really plugged into: it stores it, and then starts the guest no more.
 * @param nic as it would be live
 */
function settingProblem(state: HostState, uri: string, nic: Nic): EngineError | undefined {
  return isolationProblem(nic) ?? vlanProblem(own(state.libvirt, uri)?.version ?? '', nic);
}

/** The same of the settings that a task states, for a NIC that is configured so. */
export function statedProblem(
  state: HostState,
  uri: string,
  nic: Nic | undefined,
  stated: NicFields,
): EngineError | undefined {
  if (nic === undefined || (stated.vlan === undefined && stated.port_isolated === undefined))
    return undefined;
  return settingProblem(state, uri, effectiveNic(state, uri, nic));
}

const isolationProblem = ({ port_isolated, type, network }: Nic): EngineError | undefined =>
  !port_isolated || type === 'network' || type === 'bridge'
    ? undefined
    : new EngineError(
        'REQUIREMENT',
        `libvirt isolates NICs on bridges, and network ${network} gives it a device`,
        {
          hint: 'leave port_isolated out; forward mode private keeps guests of a device apart',
        },
      );

/** Linux bridges have VLANs since libvirt 11.0. */
function vlanProblem(version: string, nic: Nic): EngineError | undefined {
  const { vlan, virtualport, bridge, type, mode } = nic;
  if (vlan === undefined || vlan.tags.length === 0 || virtualport?.type !== undefined) return undefined;
  if (type === 'direct' && mode !== 'passthrough' && typeof mode === 'string') {
    return new EngineError('REQUIREMENT', `libvirt cannot give a NIC on a device in mode ${mode} a VLAN`, {
      hint: 'plug the NIC into a VLAN interface of the device',
    });
  }
  if (bridge === undefined || version === '' || atLeast(version, 11, 0)) return undefined;
  return new EngineError('REQUIREMENT', `libvirt ${version} cannot give a NIC on a Linux bridge a VLAN`, {
    hint: 'it can since libvirt 11.0; before, plug the NIC into a bridge on a VLAN interface',
  });
}

function networkProblem(state: HostState, uri: string, { network: name = '' }: Nic): EngineError | undefined {
  const network = own(own(state.libvirt, uri)?.networks, name);
  if (network === undefined) {
    return new EngineError('REQUIREMENT', `there is no network ${name} at ${uri}`, {
      hint: 'make the network in an earlier task, or use scope: config to store the NIC only',
    });
  }
  if (network.live !== undefined) return undefined;
  return new EngineError(
    'REQUIREMENT',
    `network ${name} is not active, so that no NIC can be plugged into it`,
    {
      hint: 'start it in an earlier task (network: state: active), or use scope: config to store the NIC only',
    },
  );
}

/** Whether a running guest's NIC that is on a bridge can be moved to where `nic` is configured to be: to a bridge too. */
export function isBridged(state: HostState, uri: string, nic: Nic): boolean {
  if (nic.type !== 'network' || nic.network === undefined) return nic.type === 'bridge';
  return effectiveNic(state, uri, nic).bridge !== undefined;
}

/** The NIC as it would be live: on a network, with the bridge or device that the network gives it. */
export function effectiveNic(state: HostState, uri: string, nic: Nic): Nic {
  if (nic.type !== 'network' || nic.network === undefined) return nic;
  const network = own(own(state.libvirt, uri)?.networks, nic.network)?.live?.model;
  if (network === undefined) return nic;
  const mode = network.forward.mode;
  const group = network.portgroups?.find(({ name, default: byDefault }) =>
    nic.portgroup === undefined ? byDefault : name === nic.portgroup,
  );
  const bandwidth = nic.bandwidth ?? group?.bandwidth;
  const vlan = nic.vlan ?? group?.vlan ?? network.vlan;
  const virtualport = nic.virtualport ?? group?.virtualport ?? network.virtualport;
  const inherited = {
    ...nic,
    ...(bandwidth && { bandwidth }),
    ...(vlan && { vlan }),
    ...(virtualport && { virtualport }),
  };
  const bridge = network.bridge?.name;
  if (isL3(mode)) return { ...inherited, bridge: bridge ?? UNKNOWN };
  if (mode === 'bridge' && bridge !== undefined) return { ...inherited, type: 'bridge', bridge };
  if (mode === 'hostdev') return { ...inherited, type: 'hostdev' };
  const pool = poolOf(state, uri, nic.network);
  return { ...inherited, type: 'direct', dev: pool.length === 1 ? pool[0] : UNKNOWN, mode };
}

/** Devices that an active network plugs its guests into. */
export function poolOf(state: HostState, uri: string, network: string): readonly string[] {
  const forward = own(own(state.libvirt, uri)?.networks, network)?.live?.model.forward;
  return forward?.interfaces ?? (forward?.dev === undefined ? [] : [forward.dev]);
}

const coldTypes = new Set(['mcast', 'server', 'client', 'udp', 'internal', 'null']);

/** Whether libvirt can plug such a NIC into a guest that runs. */
export const isHotpluggable = ({ type }: Nic): boolean => !coldTypes.has(type);

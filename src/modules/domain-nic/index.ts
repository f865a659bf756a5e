import type { ResourceModule, Settings } from '../../engine/module.ts';
import { isUnknown } from '../../engine/unknown.ts';
import { actualNic } from '../../host/libvirt/nic-actual.ts';
import { type NicRequest, nicGoal } from '../../host/libvirt/nic-goal.ts';
import { findNic, resolveMac } from '../../host/libvirt/nic-identity.ts';
import { nicKeyProperties, nicProperties, nicXml } from '../../host/libvirt/nic-schema.ts';
import { own } from '../../host/own.ts';
import type { HostState } from '../../host/state.ts';
import { checkNicOrXml, requestOf } from './xml.ts';

interface DomainNicParams extends NicRequest {
  readonly uri?: string;
  readonly xml?: string;
}

const uriOf = (params: DomainNicParams, settings: Settings): string => params.uri ?? settings.libvirtUri;

/** A guest's network card. */
export const domainNic: ResourceModule<DomainNicParams, HostState> = {
  kind: 'resource',
  name: 'domain-nic',
  summary: 'Keep a NIC of a guest as given',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['domain'],
    properties: { ...nicKeyProperties, ...nicProperties, xml: nicXml },
  },
  check: checkNicOrXml,
  notes: `
One of \`mac\`, \`nic\`, \`alias\`, \`target\` and \`index\` finds the NIC, the first that is given in this order; the others
are settings then. A NIC that is only named by \`nic\` has the MAC 52:54:00 and the first three bytes of
SHA-256(domain NUL name NUL). Where an \`alias\` or \`target\` finds none, the new NIC gets a MAC made from it in the same way.
A MAC is never changed, and no second NIC is ever given one that the guest has.

\`xml\` takes libvirt's \`<interface>\` instead of the parameters that describe the NIC; what is not in it is left alone.

While the guest runs, what libvirt can change in place is: link state, and of a NIC on a bridge also the bridge or network,
bandwidth, filter, coalescing and isolation. All else is stored, and reported as pending until its next boot; with
\`replug: allow\` the card is unplugged and plugged as wanted instead, and if that fails, as it was. A live NIC that its
network, portgroup or bridge left behind is put back in the same ways.
Unplugging waits until the guest has let go of the card (at most 25 s), and fails if it does not; a paused guest never does.

Result: \`nic.config\` (stored), \`nic.live\` (as in the live XML), \`nic.actual\` (type, network, portgroup, bridge as the kernel
has it, device, mode, target, bandwidth, vlan, virtualport; null unless plugged), \`xml.stored\`, \`xml.live\`.
`.trim(),

  sources(params, settings) {
    const uri = uriOf(params, settings);
    return [
      { source: 'domains', uri, names: [params.domain] },
      { source: 'networks', uri },
      { source: 'links' },
    ];
  },

  goal({ uri, ...request }, state, settings) {
    return nicGoal(requestOf(request), state, uri ?? settings.libvirtUri);
  },

  view(params, state, settings) {
    const { stored, live } = find(params, state, settings);
    return { stored: stored?.model ?? null, live: live?.model ?? null };
  },

  result(params, state, settings) {
    const { stored, live } = find(params, state, settings);
    return {
      nic: {
        config: stored?.model ?? null,
        live: live?.model ?? null,
        actual: live ? actualNic(live.model, state, uriOf(params, settings)) : null,
      },
      xml: { stored: stored?.xml ?? null, live: live?.xml ?? null },
    };
  },
};

function find(params: DomainNicParams, state: HostState, settings: Settings) {
  const domain = own(own(state.libvirt, uriOf(params, settings))?.domains, params.domain);
  const mac = resolveMac(domain, isUnknown(params.xml) ? params : requestOf(params));
  return { stored: findNic(domain, 'stored', mac), live: findNic(domain, 'live', mac) };
}

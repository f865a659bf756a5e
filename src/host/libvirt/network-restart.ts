/** Restart of an active network, and what becomes of the NICs of guests on it (LIBVIRT.md 2.6). */
import { EngineError } from '../../engine/errors.ts';
import type { PlanContext, Step } from '../../engine/module.ts';
import type { Links } from '../interfaces/link.ts';
import { portsOf } from '../interfaces/link.ts';
import type { NetworkState, StoredXml } from '../state.ts';
import { isL3, type Network, networkTitle } from './network.ts';
import type { FieldPath } from './network-diff.ts';
import type { NetworkPolicy } from './network-goal.ts';
import {
  attachedGuests,
  guestPorts,
  nicTitle,
  type Taps,
  withBridge,
  withoutBridge,
} from './network-links.ts';
import { carriesConnection } from './network-refusal.ts';
import { type NetworkTarget, startStep, stopStep } from './network-steps.ts';

/** Nobody is to lose his network over what no packet ever sees: the live network has them from its next start. */
const cosmetic: readonly string[] = ['title', 'description', 'metadata'];

/** Whether something of what `net-update` cannot change makes a restart worth it. */
export const needsRestart = (left: readonly FieldPath[]): boolean =>
  left.some(([field]) => !cosmetic.includes(field!));

const NEVER = 'restart: never stores the change for the next start of the network';

/** Why an active network must not be restarted. */
export function restartRefusal(
  links: Links,
  taps: Taps,
  live: StoredXml<Network>,
  stored: Network,
  policy: NetworkPolicy,
  context: PlanContext,
  left: readonly FieldPath[],
): EngineError | undefined {
  const title = networkTitle(stored.name);
  const fields = left.map((path) => path.join('.')).join(', ');
  if (carriesConnection(live.model, context.sshAddress)) {
    const message = `${fields} of ${title} needs its restart, and it carries this SSH connection, which goes to ${context.sshAddress}`;
    return new EngineError('LIFELINE', message, { hint: `reach the host over another network; ${NEVER}` });
  }
  const guests = attachedGuests(links, live, taps);
  if (guests.length === 0) return undefined;
  if (policy.restart !== 'allow') {
    const message = `${fields} of ${title} needs its restart, and guests are on it: ${guests.join(', ')}`;
    return new EngineError('REFUSED', message, {
      hint: `restart: allow restarts it and plugs each of these in again; ${NEVER}`,
    });
  }
  if (!isL3(live.model.forward.mode)) return undefined;
  const [before, after] = [live.model.bridge?.name, stored.bridge?.name];
  if (isL3(stored.forward.mode) && before === after) return undefined;
  const change = isL3(stored.forward.mode)
    ? `the bridge ${String(before)} becomes ${String(after)}`
    : `its bridge ${String(before)} goes with forward mode ${stored.forward.mode}`;
  return new EngineError(
    'REFUSED',
    `guests on ${title} could not be plugged in again, since ${change}: ${guests.join(', ')}`,
    { hint: `shut them down or move their NICs first; ${NEVER}` },
  );
}

/** Stops and starts the network, and plugs what was on its bridge in again: libvirt would leave it hanging loose. */
export function restartSteps(
  target: NetworkTarget,
  live: Network,
  stored: Network,
  links: Links,
  taps: Taps,
): Step[] {
  return [stopStep(target), startStep(target), ...plugSteps(live, stored, links, taps)];
}

function plugSteps(live: Network, stored: Network, links: Links, taps: Taps): Step[] {
  const { name: bridge } = live.bridge ?? {};
  if (!isL3(live.forward.mode) || typeof bridge !== 'string') return [];
  return guestPorts(links, bridge).flatMap((port) => {
    const title = `plug ${nicTitle(port.name, taps)} into ${bridge} again`;
    const mtu = stored.mtu === undefined || stored.mtu === port.mtu ? [] : ['mtu', String(stored.mtu)];
    const flags = Object.entries(portFlags(live, stored, port.portFlags ?? {}));
    const words = flags.flatMap(([flag, on]) => [flag, on ? 'on' : 'off']);
    return [
      { title, argv: ['ip', 'link', 'set', 'dev', port.name, ...mtu, 'master', bridge] },
      ...(words.length === 0
        ? []
        : [
            {
              title: `set port options of ${nicTitle(port.name, taps)}`,
              argv: ['ip', 'link', 'set', 'dev', port.name, 'type', 'bridge_slave', ...words],
            },
          ]),
    ];
  });
}

/** Port options as they were; isolation follows the network where that changes. */
function portFlags(
  live: Network,
  stored: Network,
  { isolated, ...others }: Readonly<Record<string, boolean>>,
): Readonly<Record<string, boolean>> {
  const same = (live.port_isolated ?? false) === (stored.port_isolated ?? false);
  const wanted = same ? isolated : stored.port_isolated;
  return { ...others, ...(wanted && { isolated: true }) };
}

/** The links after a restart: the ports of guests are on the bridge again. */
export function restartedLinks(links: Links, live: Network, stored: Network): Links {
  const started = withBridge(withoutBridge(links, live), stored);
  const { name: bridge } = live.bridge ?? {};
  if (!isL3(live.forward.mode) || typeof bridge !== 'string') return started;
  const again = guestPorts(links, bridge).map((port) => {
    const flags = portFlags(live, stored, port.portFlags ?? {});
    const { portFlags: _, ...rest } = port;
    const plugged = {
      ...rest,
      mtu: stored.mtu ?? port.mtu,
      ...(Object.keys(flags).length > 0 && { portFlags: flags }),
    };
    return [port.name, plugged] as const;
  });
  return { ...started, ...Object.fromEntries(again) };
}

/** Ports that a plan promised to leave on a network's bridge, and that are there no more. Links that are gone went with their guest. */
export function lostPorts(predicted: Links, after: Links, network: NetworkState | undefined): string[] {
  const { name } = network?.live?.model.bridge ?? {};
  if (typeof name !== 'string') return [];
  return portsOf(predicted, name)
    .filter((port) => Object.hasOwn(after, port.name) && after[port.name]!.controller !== name)
    .map((port) => port.name);
}

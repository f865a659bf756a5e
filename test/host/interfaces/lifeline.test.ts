import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { lifelineReason } from '../../../src/host/interfaces/lifeline.ts';
import type { Link, Links } from '../../../src/host/interfaces/link.ts';
import { kernelIn, states, tasks } from './domain.ts';
import { ModelKernel } from './kernel/model-kernel.ts';
import { commandsOf, planTask, type Task } from './task.ts';

// What operations do to the path is told in test/modules/*/lifeline*.yml
const { links } = new ModelKernel(`ip link add eth0 type veth peer name p0
ip link add eth1 type veth peer name p1
ip link add name br0 type bridge
ip link set dev eth0 master br0
ip link set dev br0 up
ip addr add 10.0.0.1/24 dev br0
ip addr add 10.1.0.1/24 dev eth1`).observe();

it.each([
  [['eth0'], 'apply the definition of eth0 anew: this SSH connection goes to 10.0.0.1 on br0 over eth0'],
  [['eth1', 'br0'], 'apply the definition of br0 anew: this SSH connection goes to 10.0.0.1 on br0'],
  [['eth1'], undefined],
  [[], undefined],
])('a daemon that configures %j anew', (names, reason) => {
  expect(lifelineReason(links, links, [], '10.0.0.1', new Set(names))).toBe(reason);
});

it('nothing is dangerous to an address that no link has', () => {
  const cut = [{ op: 'delete', link: 'br0' }] as const;
  expect(lifelineReason(links, links, cut, '192.0.2.1', new Set(['br0']))).toBeUndefined();
});

/**
 * From every state of the small domain to every goal, step by step: whatever cuts the way from a NIC to an address, be it
 * for a moment, is foretold for a connection to this address. Each 7th state here, WIREBOOK_LIFELINE_EVERY=1 for all.
 */
const EVERY = Number(process.env.WIREBOOK_LIFELINE_EVERY ?? 7);

describe('what cuts is marked', () => {
  it.each(tasks)('%s %j', (module, params) => {
    const task = [module, params] as const;
    for (const commands of states.filter((_, index) => index % EVERY === 0)) {
      const { links: before } = kernelIn(commands)!.observe();
      for (const address of addressesOf(before)) {
        if (!works(before, address)) continue;
        const plan = attempt(task, commands, address);
        if (!plan || plan.lifeline !== undefined) continue;
        const kernel = kernelIn(commands)!;
        for (const step of plan.steps) {
          kernel.apply([step]);
          if (works(kernel.observe().links, address)) continue;
          expect.fail(
            [commands, `${address} is cut by ${step.argv.join(' ')}`, ...commandsOf(plan)].join('\n'),
          );
        }
      }
    }
  });
});

function attempt(task: Task, commands: string, address: string) {
  try {
    return planTask(task, kernelIn(commands)!.observe(), address).plan;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

const addressesOf = (links: Links): string[] =>
  Object.values(links).flatMap(({ ipv4, ipv6 }) =>
    [...ipv4.addresses, ...ipv6.addresses].map((cidr) => cidr.split('/')[0] ?? ''),
  );

/** Whether some link has the address and is up, and so is all on some way down to a NIC. */
function works(links: Links, address: string): boolean {
  const carries = (link: Link | undefined): boolean => {
    if (!link?.up) return false;
    if (link.kind === 'veth') return true;
    if (link.parent !== undefined) return carries(links[link.parent]);
    return Object.values(links).some((port) => port.controller === link.name && carries(port));
  };
  const holder = Object.values(links).find((link) => addressesOf({ one: link }).includes(address));
  return carries(holder);
}

import { expect, it } from 'vitest';
import { lifelineReason } from '../../../src/host/interfaces/lifeline.ts';
import { ModelKernel } from './kernel/model-kernel.ts';

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

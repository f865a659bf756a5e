import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { quoteAll } from '../../../src/engine/transport/quote.ts';
import { Namespace, noNamespaces, ownKernel } from '../interfaces/kernel/kernel.ts';
import { planBlock } from '../interfaces/task.ts';

const lacking =
  noNamespaces() ??
  (spawnSync('sh', ['-c', 'command -v tc']).status === 0 ? undefined : 'needs tc, of the package iproute2');

it.skipIf(lacking)(`a link with traffic filters is not deleted (${lacking ?? 'tc'})`, async () => {
  const host = await Namespace.make(
    ownKernel(),
    'ip link add name br0 type bridge\nip link add br1 type bridge',
  );
  try {
    const { plan } = planBlock([['bridge', { name: 'br0', state: 'absent' }]], await host.observe());
    const [look = []] = plan.guard?.require ?? [];
    await host.run('tc qdisc add dev br1 clsact');
    expect(await host.run(quoteAll(look))).toEqual({ status: 0, stdout: '', stderr: '' });
    await host.run('tc qdisc add dev br0 clsact');
    expect(await host.run(quoteAll(look))).toEqual({
      status: 1,
      stdout: '',
      stderr: 'deleting br0 would take the traffic filters on it with it (tc qdisc show dev br0)\n',
    });
    const { plan: other } = planBlock([['bridge', { name: 'br0', mtu: 1400 }]], await host.observe());
    expect(other.guard).toMatchObject({ restore: expect.anything() });
    expect(other.guard?.require).toBeUndefined();
  } finally {
    await host.remove();
  }
});

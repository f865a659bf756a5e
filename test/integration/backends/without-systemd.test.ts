/** Hosts without systemd: who has only the package of a backend is not configured by it. */
import { expect, it } from 'vitest';
import { useLab } from '../lab.ts';

const lab = useLab('without-systemd', { driver: 'netns', hosts: 2, form: 'sshd-only' });
const FILE = '/etc/network/interfaces.d/wirebook-br9';

it('ifupdown keeps definitions where ifup has run since the boot, and iproute2 changes what is live elsewhere', async () => {
  await lab.on('host2', 'mkdir -p /run/network && echo lo=lo >/run/network/ifstate');
  for (const name of lab.names) await lab.on(name, 'command -v ifup && echo >/etc/network/interfaces');
  const tasks = [{ bridge: { name: 'br9', ports: [], stp: false } }];
  const file = lab.file('play.yml', JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]));
  const run = await lab.json('run', file);
  expect(run.stats).toMatchObject({ host1: { changed: 1, failures: 0 }, host2: { changed: 1, failures: 0 } });
  for (const name of lab.names) expect(await lab.on(name, 'ip -br link show br9 up')).toContain('br9');
  expect(await lab.on('host1', `ls ${FILE} 2>&1 || :`)).toContain('No such file');
  expect(await lab.on('host2', `cat ${FILE}; cat /run/network/ifstate`)).toMatch(
    /^# Managed by wirebook\nauto br9\n[^]*\nbr9=br9$/,
  );
});

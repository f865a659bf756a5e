/** Every example playbook on hosts with a kernel of their own: predicted, changed, then ok. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useLab } from './lab.ts';
import { type JsonRun, projectRoot } from './program.ts';

const playbooks = readdirSync(join(projectRoot, 'playbooks')).filter((name) => name.endsWith('.yml'));

/** Everything Wirebook may change, as the host itself tells it; without what moves by itself. */
const SNAPSHOT = `
ip -d addr | grep -v fe80: | sed 's/LOWER_UP//; s/NO-CARRIER//; s/state [A-Z]*//; s/_timer *[0-9.]*//g'
ip route show table all | grep -v -e fe80: -e ff00:
virsh -c qemu:///system net-list --all
cat /etc/libvirt/qemu/networks/*.xml /etc/libvirt/qemu/web1.xml
ls -R /etc/libvirt
stat -c '%n %Y %i' /run/wirebook/lock || true`;

/** Back to a bare host, whatever a playbook made. */
const CLEAN = `
export LIBVIRT_DEFAULT_URI=qemu:///system
for network in $(virsh net-list --name); do virsh -q net-destroy "$network"; done
for network in $(virsh net-list --all --name); do virsh -q net-undefine "$network"; done
virsh -q domiflist web1 | while read -r _ type _ _ mac; do virsh -q detach-interface web1 "$type" --mac "$mac" --config </dev/null; done
ip -o link | awk -F '[ :@]+' '$2 !~ /^(lo|mgmt0|eth[1-4]|dummy0)$/ { print $2 }' | while read -r link; do ip link del "$link" || true; done
for nic in eth1 eth2 eth3 eth4; do ip addr flush dev $nic; ip link set $nic nomaster down mtu 1500; done
rm -rf /run/wirebook`;

describe('example playbooks', () => {
  const lab = useLab('examples', { hosts: 3, driver: 'uml', backends: ['none'] });
  const everywhere = async (command: string): Promise<string[]> =>
    Promise.all(lab.names.map((host) => lab.on(host, command)));

  it.each(playbooks)('%s: check foretells the run, a second run writes nothing', async (name) => {
    const playbook = join('playbooks', name);
    const bare = await everywhere(`{ ${CLEAN}\n} >/dev/null 2>&1; ${SNAPSHOT}`);

    const check = await lab.json('check', playbook);
    expect(await everywhere(SNAPSHOT)).toEqual(bare);

    const first = await lab.json('run', playbook, '--diff');
    expect(first.wirebook.exit_code).toBe(0);
    expect(changes(check)).toEqual(changes(first));
    for (const host of lab.names) expect(first.stats[host]!.changed).toBeGreaterThan(0);
    const after = await everywhere(SNAPSHOT);
    expect(after).not.toEqual(bare);
    for (const host of after) expect(host).toContain('/run/wirebook/lock');

    const second = await lab.json('run', playbook, '--diff');
    expect(second.wirebook.exit_code).toBe(0);
    expect(changes(second).filter(({ changed, steps }) => changed || steps.length > 0)).toEqual([]);
    expect(await everywhere(SNAPSHOT)).toEqual(after);
  });
});

/** What each resource task changed, or would, on each host. */
function changes(run: JsonRun) {
  return run.plays
    .flatMap(({ tasks }) => tasks)
    .flatMap(({ task, hosts }) =>
      Object.entries(hosts)
        .filter(([, { action }]) => !['assert', 'debug'].includes(action))
        .map(([host, { changed = false, steps = [], diff = [] }]) => ({
          task: task.name,
          host,
          changed,
          steps,
          diff,
        }))
        .sort((a, b) => a.host.localeCompare(b.host)),
    );
}

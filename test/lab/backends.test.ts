import { describe, expect, it } from 'vitest';
import { BACKENDS, type Backend } from '../../src/lab/backends.ts';
import { rebootHost } from '../../src/lab/power.ts';
import { isRoot, labOf } from './lab.ts';

const UNITS = ['NetworkManager', 'networking', 'systemd-networkd'];

/** The one unit that is enabled and active. */
const UNIT_OF: Record<Backend, string | undefined> = {
  networkd: 'systemd-networkd',
  networkmanager: 'NetworkManager',
  ifupdown: 'networking',
  netplan: 'systemd-networkd',
  none: undefined,
};

/** Makes the bridge br9 as each backend has it, but for `none`. */
const BRIDGE: Record<Exclude<Backend, 'none'>, string> = {
  networkd: `cd /etc/systemd/network; printf '[NetDev]\\nName=br9\\nKind=bridge\\n' >br9.netdev
    printf '[Match]\\nName=br9\\n[Network]\\nAddress=10.9.0.1/24\\nConfigureWithoutCarrier=yes\\n' >br9.network; networkctl reload`,
  networkmanager:
    'nmcli connection add type bridge ifname br9 con-name br9 ipv4.method manual ipv4.addresses 10.9.0.1/24',
  ifupdown: `printf 'auto br9\\niface br9 inet static\\n address 10.9.0.1/24\\n bridge_ports none\\n' \\
    >/etc/network/interfaces.d/br9; ifup br9`,
  netplan: `umask 077; printf 'network:\\n  bridges: {br9: {addresses: [10.9.0.1/24]}}\\n' \\
    >/etc/netplan/09.yaml; netplan apply`,
};

describe.skipIf(!isRoot)('a full uml host of each backend (needs root)', { timeout: 120_000 }, () => {
  const { ssh, host, folder } = labOf({ hosts: BACKENDS.length, driver: 'uml', backends: BACKENDS });
  const cases = BACKENDS.map((backend, index) => [backend, index + 1] as const);

  it.each(cases)('%s: its unit alone is on, and all units are well', (backend, number) => {
    expect(host(number).backend).toBe(backend);
    const wanted = (yes: string, no: string) =>
      UNITS.map((unit) => `${unit === UNIT_OF[backend] ? yes : no}\n`).join('');
    expect(ssh(number, `systemctl is-enabled ${UNITS.join(' ')} || true`)).toBe(
      wanted('enabled', 'disabled'),
    );
    expect(ssh(number, `systemctl is-active ${UNITS.join(' ')} || true`)).toBe(wanted('active', 'inactive'));
    expect(ssh(number, 'systemctl is-system-running')).toBe('running\n');
  });

  const configuring = cases.filter(([backend]) => backend !== 'none');
  const expectBridge = (number: number) => {
    const hasAddress = 'ip -4 addr show br9 2>/dev/null | grep -q 10.9.0.1';
    ssh(number, `for i in $(seq 100); do ${hasAddress} && exit; sleep .1; done; ip addr; exit 1`);
    expect(ssh(number, 'ip -4 -o addr show mgmt0')).toContain(host(number).address);
  };

  it.each(configuring)('%s: makes a bridge, and leaves mgmt0 alone', (backend, number) => {
    ssh(number, BRIDGE[backend as Exclude<Backend, 'none'>]);
    expectBridge(number);
  });

  it('all have it again after a reboot', async () => {
    await Promise.all(configuring.map(([, number]) => rebootHost(folder, host(number))));
    for (const [, number] of configuring) expectBridge(number);
  });
});

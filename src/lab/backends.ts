import type { Seed } from './hosts.ts';

/** What can configure the data NICs of a full host at boot; `none` leaves them to whoever logs in. */
export const BACKENDS = ['networkd', 'networkmanager', 'ifupdown', 'netplan', 'none'] as const;
export type Backend = (typeof BACKENDS)[number];

/** What a host has when nobody asked: as Debian with a desktop. */
export const DEFAULT_BACKEND: Backend = 'networkmanager';

/** An enabled unit, as `systemctl enable` leaves it. */
const enabled = (unit: string, wants: readonly string[], aliases: readonly string[] = []): Seed =>
  Object.fromEntries(
    [...wants.map((target) => `${target}.target.wants/${unit}`), ...aliases].map((path) => [
      `etc/systemd/system/${path}`,
      { link: `/lib/systemd/system/${unit}` },
    ]),
  );

const NETWORKD: Seed = {
  ...enabled('systemd-networkd.service', ['multi-user'], ['dbus-org.freedesktop.network1.service']),
  ...enabled('systemd-networkd.socket', ['sockets']),
};

const INTERFACES = `# interfaces(5) file used by ifup(8) and ifdown(8)
source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback
`;

const NETPLAN = 'network:\n  version: 2\n  renderer: networkd\n';

/** The root file system has all of them installed and none enabled; each leaves mgmt0 alone. */
const SEEDS: Record<Backend, Seed> = {
  networkd: NETWORKD,
  networkmanager: {
    ...enabled('NetworkManager.service', ['multi-user']),
    // Not executable: else ifenslave's hooks, which are here for ifupdown, take NetworkManager's bonds apart
    'etc/NetworkManager/dispatcher.d/01-ifupdown': { content: '#!/bin/sh\n', mode: 0o644 },
  },
  ifupdown: {
    ...enabled('networking.service', ['multi-user', 'network-online']),
    'etc/network/interfaces': { content: INTERFACES },
  },
  netplan: { ...NETWORKD, 'etc/netplan/01-lab.yaml': { content: NETPLAN, mode: 0o600 } },
  none: {},
};

/** The files by which a full host has a backend. */
export const backendSeed = (backend: Backend): Seed => SEEDS[backend];

import { expect, test } from 'vitest';
import { defineNetworks } from '../../libvirt-objects.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';
import { run, useNamespace } from './namespace.ts';

const COUNT = 100;

/** As tasks say it, and as libvirt has it. */
const networks = Array.from({ length: COUNT }, (_, index) => ({
  network: {
    name: `net${index}`,
    state: index === 0 ? 'active' : 'inactive',
    bridge: { name: `virbr${index}` },
    ips: [
      {
        address: `10.50.${index}.1/24`,
        dhcp: { ranges: [{ start: `10.50.${index}.100`, end: `10.50.${index}.200` }] },
      },
    ],
  },
}));
const xml = (index: number) =>
  `<name>net${index}</name><bridge name='virbr${index}'/><ip address='10.50.${index}.1' netmask='255.255.255.0'><dhcp><range start='10.50.${index}.100' end='10.50.${index}.200'/></dhcp></ip>`;

/** Defines the networks, and has virsh count how often it is started. */
const setup = `${defineNetworks(networks.map((_, index) => xml(index)))}
virsh -q net-start net0 || exit
cp /usr/bin/virsh /mnt/virsh
printf '%s\\n' '#!/bin/sh' 'echo >>/mnt/started' 'exec /mnt/virsh "$@"' >/mnt/counting
chmod +x /mnt/counting
mount --bind /mnt/counting /usr/bin/virsh
`;

let host: LibvirtHost | undefined;
useNamespace(async () => {
  if (libvirtdMissing !== undefined) return { argv: [], stop: () => Promise.resolve() };
  host = await startLibvirtd();
  const { status, stderr } = await host.exec(setup);
  if (status !== 0) throw new Error(stderr);
  return host;
});

test.skipIf(libvirtdMissing !== undefined)(
  `a converged host of ${COUNT} networks costs one request and one virsh (${libvirtdMissing ?? 'ready'})`,
  { timeout: 300_000 },
  async () => {
    const { statuses, requests } = await run(networks);
    expect(statuses).toEqual(networks.map(() => 'ok'));
    expect(requests).toHaveLength(1);
    expect((await host!.exec('wc -l </mnt/started')).stdout.trim()).toBe('1');
  },
);

test.skipIf(libvirtdMissing !== undefined)(
  'what files do not tell of is read all the same',
  { timeout: 300_000 },
  async () => {
    await host!.exec('mount -t tmpfs tmpfs /etc/libvirt/qemu/networks; : >/mnt/started');
    const { statuses, requests } = await run(networks);
    expect(statuses).toEqual(networks.map(() => 'ok'));
    expect(requests).toHaveLength(1);
    expect((await host!.exec('wc -l </mnt/started')).stdout.trim()).toBe('2');
  },
);

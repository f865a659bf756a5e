import { batchScriptOfAll, parseBatch } from '../libvirt/virsh.ts';
import type { HostState, Lease } from '../state.ts';
import type { Reader } from './reader.ts';
import { withLibvirt } from './with-libvirt.ts';

const defaultUri = 'qemu:///system';

/** Addresses that active networks have leased to guests, by network. Only for those who want to know: it is one command a network. */
export const leasesReader: Reader = {
  source: 'leases',
  script: ({ uri = defaultUri }) =>
    batchScriptOfAll(
      uri,
      [],
      ['net-list', '--uuid'],
      [
        { key: 'name:UUID', command: ['net-name', '--network', 'UUID'] },
        { key: 'leases:UUID', command: ['net-dhcp-leases', '--network', 'UUID'] },
      ],
    ),

  parse(output, state, { uri = defaultUri }): HostState {
    const batch = parseBatch(output, uri);
    const leases = [...batch].flatMap(([key, { stdout }]) => {
      if (!key.startsWith('leases:')) return [];
      const name = batch.get(`name:${key.slice('leases:'.length)}`)?.stdout.trim();
      // A network without DHCP has no leases, which virsh takes for an error with some drivers
      const found = stdout.split('\n').flatMap(leaseOf);
      return name && found.length > 0 ? [[name, found] as const] : [];
    });
    return withLibvirt(state, uri, { leases: Object.fromEntries(leases) });
  },
};

/** A row of virsh's table: end of the lease, MAC, protocol, address, host name, client ID. */
function leaseOf(line: string): Lease[] {
  const row = /^ (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) +(\S+) +ipv[46] +(\S+) +(\S+) +\S+/.exec(line);
  if (row === null) return [];
  const [, until = '', mac = '', address = '', hostname = '-'] = row;
  return [{ address, mac, ...(hostname !== '-' && { hostname }), until }];
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { world } from '../../../src/host/index.ts';
import { hostFacts } from '../../../src/host/facts.ts';
import { leasesReader } from '../../../src/host/observe/leases.ts';
import { type DomainState, emptyState } from '../../../src/host/state.ts';
import { observe } from '../../libvirt-tasks.ts';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';

const uri = 'qemu:///system';
const uuid = '11111111-1111-4111-8111-111111111111';

describe('the leases of networks', () => {
  const read = () => {
    const table = ` Expiry Time           MAC address         Protocol   IP address           Hostname   Client ID or DUID
----------------------------------------------------------------------------------------------------------
 2026-11-30 23:00:00   52:54:00:aa:00:01   ipv4       192.168.20.101/24    web1       01:52:54:00:aa:00:01
 2026-11-30 23:10:00   52:54:00:aa:00:02   ipv6       fd00::2/64           -          -
`;
    const stdout = `\n<<read name:${uuid}>>\nlan\n\n<<read leases:${uuid}>>\n${table}\n\n<<end>>\n`;
    return leasesReader.parse({ stdout, stderr: '', status: 0 }, emptyState, { source: 'leases', uri });
  };

  it('are read from virsh, with a host name and without', () => {
    expect(read().libvirt[uri]!.leases).toEqual({
      lan: [
        {
          address: '192.168.20.101/24',
          mac: '52:54:00:aa:00:01',
          hostname: 'web1',
          until: '2026-11-30 23:00:00',
        },
        { address: 'fd00::2/64', mac: '52:54:00:aa:00:02', until: '2026-11-30 23:10:00' },
      ],
    });
  });

  it('stand beside the NIC that has them, on its network alone', () => {
    const nic = (mac: string, network: string) => ({ xml: '', model: { mac, type: 'network', network } });
    const live = [nic('52:54:00:aa:00:01', 'lan'), nic('52:54:00:aa:00:01', 'other'), nic('52:54:00:aa:00:09', 'lan')];
    const web1: DomainState = { state: 'running', persistent: true, osBoot: false, stored: [], live };
    const known = read().libvirt[uri]!;
    const state = { ...emptyState, libvirt: { [uri]: { ...known, domains: { web1 } } } };
    const { nics } = hostFacts(state, uri).guests.web1 as { nics: { live: { leases?: { address: string }[] }[] } };
    expect(nics.live.map(({ leases }) => leases?.map(({ address }) => address))).toEqual([
      ['192.168.20.101/24'],
      undefined,
      undefined,
    ]);
  });
});

describe.skipIf(libvirtdMissing)(
  `facts of networks on a real libvirtd (${libvirtdMissing ?? 'ready'})`,
  { timeout: 180_000 },
  () => {
    let host: LibvirtHost;
    beforeAll(async () => {
      host = await startLibvirtd();
      const lan = `<network><name>lan</name><bridge name='virbr7'/><ip address='10.7.0.1' netmask='255.255.255.0'><dhcp><range start='10.7.0.10' end='10.7.0.20'/></dhcp></ip></network>`;
      const lease = `[{"ip-address": "10.7.0.11", "mac-address": "52:54:00:aa:00:01", "hostname": "web1", "expiry-time": 4000000000}]`;
      const { stderr } = await host.exec(
        `echo "${lan}" | virsh -q net-create /dev/stdin
echo "<network><name>off</name><forward mode='bridge'/><bridge name='br0'/></network>" | virsh -q net-define /dev/stdin
printf '%s\\n' '${lease}' >/var/lib/libvirt/dnsmasq/virbr7.status
ip tuntap add vnet3 mode tap && ip link set vnet3 master virbr7`,
      );
      if (stderr !== '') throw new Error(stderr);
    });
    afterAll(() => host?.stop());

    it('tell who is on them and what they have leased', async () => {
      const requests = [{ source: 'links' }, { source: 'networks', uri }, { source: 'leases', uri }] as const;
      const state = await observe(host, requests);
      expect(world.failure(state, requests)).toBeUndefined();
      const { networks } = hostFacts(state, uri);
      expect(networks.lan).toMatchObject({
        active: true,
        persistent: false,
        autostart: false,
        bridge: 'virbr7',
        ports: [{ link: 'vnet3' }],
        leases: [{ address: '10.7.0.11/24', mac: '52:54:00:aa:00:01', hostname: 'web1' }],
      });
      expect(networks.off).toMatchObject({ active: false, persistent: true, bridge: 'br0' });
      expect(networks.off).not.toHaveProperty('leases');
    });
  },
);

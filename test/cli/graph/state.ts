import { domainNics } from '../../../src/host/libvirt/domain-xml.ts';
import { parseNetwork } from '../../../src/host/libvirt/network-xml.ts';
import type { HostState } from '../../../src/host/state.ts';
import { ModelKernel } from '../../host/interfaces/kernel/model-kernel.ts';

export const URI = 'qemu:///system';

const STACK = `
  ip link add name eth0 type ethernet
  ip link add name eth1 type ethernet
  ip link add name eth2 type ethernet
  ip link add name bond0 type bond mode active-backup
  ip link set dev eth0 master bond0
  ip link set dev eth1 master bond0
  ip link set dev bond0 up
  ip link add link bond0 name bond0.20 type vlan id 20
  ip link add name br20 type bridge
  ip link set dev bond0.20 master br20
  ip link set dev bond0.20 up
  ip link set dev br20 up
  ip addr add 10.20.0.1/24 dev br20
  ip link add name virbr0 type bridge
  ip link set dev virbr0 up
  ip link add name vnet0 type tun
  ip link set dev vnet0 master virbr0`;

const NAT = `<network><name>default</name><forward mode="nat"/><bridge name="virbr0"/><ip address="192.168.122.1" prefix="24"/></network>`;
const DIRECT = `<network><name>direct</name><forward mode="private"><interface dev="eth2"/></forward></network>`;

const guest = (...nics: string[]): string =>
  `<domain><devices>${nics.map((nic, index) => `<interface ${nic}<mac address="52:54:00:00:00:0${index}"/></interface>`).join('')}</devices></domain>`;

/** A stack with all kinds in it, two networks and two guests, one of which runs. */
export function stackState(): HostState {
  const state = new ModelKernel(STACK).observe();
  const web = guest(
    'type="network"><source network="default"/><target dev="vnet0"/><model type="virtio"/>',
    'type="bridge"><source bridge="br20"/><link state="down"/>',
  );
  return {
    ...state,
    stored: {
      backends: { networkd: { active: true, facts: {} } },
      files: {},
      profiles: {
        br7: [
          {
            name: 'br7',
            kind: 'bridge',
            backend: 'networkd',
            ipv4: { addresses: ['10.7.0.1/24'] },
            at: [],
            ours: true,
          },
        ],
        eth2: [{ name: 'eth2', kind: 'ethernet', backend: 'networkd', at: [], ours: true }],
      },
    },
    libvirt: {
      [URI]: {
        version: '9.0.0',
        networks: {
          default: { stored: parseNetwork(NAT), live: parseNetwork(NAT), autostart: true },
          direct: { stored: parseNetwork(DIRECT), autostart: false },
        },
        domains: {
          web: { state: 'running', persistent: true, stored: domainNics(web), live: domainNics(web) },
          db: {
            state: 'shut off',
            persistent: true,
            stored: domainNics(guest('type="direct"><source dev="eth2" mode="vepa"/>')),
            live: [],
          },
        },
      },
    },
  };
}

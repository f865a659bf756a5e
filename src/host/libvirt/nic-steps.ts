/** The commands that change a guest's NICs. Definitions travel on standard input. */
import type { Step } from '../../engine/module.ts';
import { nicTitle } from './nic.ts';
import { virshArgv } from './virsh.ts';

export type Scope = 'stored' | 'live' | 'stored and live';

export interface NicTarget {
  readonly uri: string;
  readonly domain: string;
  readonly mac: string;
}

const flags: Readonly<Record<Scope, readonly string[]>> = {
  stored: ['--config'],
  live: ['--live'],
  // libvirt stores it only when the live half went well
  'stored and live': ['--live', '--config'],
};

export const attachStep = (nic: NicTarget, scope: Scope, xml: string): Step => ({
  title: `attach ${nicTitle(nic.domain, nic.mac)} (${scope})`,
  argv: deviceArgv(nic, 'attach-device', scope),
  stdin: xml,
});

export const updateStep = (nic: NicTarget, scope: 'stored' | 'live', xml: string): Step => ({
  title: `update ${nicTitle(nic.domain, nic.mac)} (${scope})`,
  argv: deviceArgv(nic, 'update-device', scope),
  stdin: xml,
});

export const detachStoredStep = (nic: NicTarget, xml: string): Step => ({
  title: `detach ${nicTitle(nic.domain, nic.mac)} (stored)`,
  argv: deviceArgv(nic, 'detach-device', 'stored'),
  stdin: xml,
});

/** Seconds that a guest has to let go of a NIC, after the 5 that virsh itself waits. */
const DETACH_SECONDS = 20;

/**
 * A live detach is a request to the guest: virsh reports success when it was made, whatever the guest does. So it is
 * done when the NIC is gone from the live definition, or the guest has ended.
 */
const detachScript = `
virsh -q -c "$1" detach-device --domain "$2" --file /dev/stdin --live || exit
waited=0
while :; do
  id=$(virsh -q -c "$1" domid --domain "$2") || exit
  [ "$id" != - ] || exit 0
  nics=$(virsh -q -c "$1" domiflist --domain "$2") || exit
  printf '%s\\n' "$nics" | grep -qiF -e "$3" || exit 0
  if [ "$waited" -ge "$4" ]; then
    printf '%s\\n' "the guest $2 has not let go of its NIC $3 after $4 s: it is still plugged. Does a system run in the guest that takes part in hot-unplug (ACPI, PCIe)?" >&2
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
`;

export const detachLiveStep = (nic: NicTarget, xml: string): Step => ({
  title: `detach ${nicTitle(nic.domain, nic.mac)} (live)`,
  argv: ['sh', '-c', detachScript, 'sh', nic.uri, nic.domain, nic.mac, String(DETACH_SECONDS)],
  stdin: xml,
  timeout: 60,
});

/** Puts a tap that was left behind back on its bridge. */
export const tapStep = (nic: NicTarget, tap: string, bridge: string): Step => ({
  title: `put ${tap} of ${nicTitle(nic.domain, nic.mac)} back on ${bridge}`,
  argv: ['ip', 'link', 'set', 'dev', tap, 'master', bridge],
});

const deviceArgv = ({ uri, domain }: NicTarget, command: string, scope: Scope): readonly string[] =>
  virshArgv(uri, command, '--domain', domain, '--file', '/dev/stdin', ...flags[scope]);

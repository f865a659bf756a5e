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

/** libvirt finds a stored NIC by its alias and address: one that gets others goes and comes. If it cannot come, the old one does. */
const replaceScript = `
uri=$1 domain=$2 mac=$3
change() { printf %s "$2" | virsh -q -c "$uri" "$1" --domain "$domain" --file /dev/stdin --config; }
change detach-device "$4" || exit
change attach-device "$5" && exit
if change attach-device "$4"; then
  printf '%s\\n' "the NIC $mac could not be stored as wanted, and is stored as it was" >&2
else
  printf '%s\\n' "the NIC $mac could not be stored as wanted, nor as it was: the guest $domain is without it" >&2
fi
exit 1
`;

export const replaceStoredStep = (nic: NicTarget, before: string, after: string): Step => ({
  title: `replace ${nicTitle(nic.domain, nic.mac)} (stored)`,
  argv: ['sh', '-c', replaceScript, 'sh', nic.uri, nic.domain, nic.mac, before, after],
});

/** Seconds that a guest has to let go of a NIC, after the 5 that virsh itself waits. */
const DETACH_SECONDS = 20;

/**
 * Unplugs the NIC in $5. A live detach is a request to the guest: virsh reports success when it was made, whatever the
 * guest does. So it is done when the NIC is gone from the live definition. 3: the guest has ended
 */
const letGo = `
attach() { printf %s "$1" | virsh -q -c "$uri" attach-device --domain "$domain" --file /dev/stdin --live; }
let_go() {
  printf %s "$1" | virsh -q -c "$uri" detach-device --domain "$domain" --file /dev/stdin --live || return
  waited=0
  while :; do
    id=$(virsh -q -c "$uri" domid --domain "$domain") || return
    [ "$id" != - ] || return 3
    nics=$(virsh -q -c "$uri" domiflist --domain "$domain") || return
    printf '%s\\n' "$nics" | grep -qiF -e "$mac" || return 0
    if [ "$waited" -ge "$limit" ]; then
      printf '%s\\n' "the guest $domain has not let go of its NIC $mac after $limit s: it is still plugged. Does a system run in the guest that takes part in hot-unplug (ACPI, PCIe)? It may still let go of it later" >&2
      return 1
    fi
    sleep 1
    waited=$((waited + 1))
  done
}
uri=$1 domain=$2 mac=$3 limit=$4
`;

const detachScript = `${letGo}
let_go "$5"
status=$?
[ "$status" -ne 3 ] || exit 0
exit "$status"
`;

export const detachLiveStep = (nic: NicTarget, xml: string): Step => ({
  title: `detach ${nicTitle(nic.domain, nic.mac)} (live)`,
  argv: scriptArgv(detachScript, nic, xml),
  timeout: 60,
});

/** The old card goes before the new one comes: there are never two with one MAC. If that fails, the old one comes back. */
const replugScript = `${letGo}
let_go "$5"
status=$?
if [ "$status" -eq 3 ]; then
  printf '%s\\n' "the guest $domain ended while its NIC $mac was unplugged" >&2
  exit 1
fi
[ "$status" -eq 0 ] || exit "$status"
attach "$6" && exit
if attach "$5"; then
  printf '%s\\n' "the NIC $mac could not be plugged as wanted, and is plugged as it was" >&2
else
  printf '%s\\n' "the NIC $mac could not be plugged as wanted, nor as it was: the guest $domain is without it" >&2
fi
exit 1
`;

export const replugStep = (nic: NicTarget, before: string, after: string): Step => ({
  title: `replug ${nicTitle(nic.domain, nic.mac)} (live)`,
  argv: scriptArgv(replugScript, nic, before, after),
  timeout: 90,
});

const scriptArgv = (script: string, nic: NicTarget, ...xml: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  script,
  'sh',
  nic.uri,
  nic.domain,
  nic.mac,
  String(DETACH_SECONDS),
  ...xml,
];

/** Puts a tap that was left behind back on its bridge. */
export const tapStep = (nic: NicTarget, tap: string, bridge: string): Step => ({
  title: `put ${tap} of ${nicTitle(nic.domain, nic.mac)} back on ${bridge}`,
  argv: ['ip', 'link', 'set', 'dev', tap, 'master', bridge],
});

const deviceArgv = ({ uri, domain }: NicTarget, command: string, scope: Scope): readonly string[] =>
  virshArgv(uri, command, '--domain', domain, '--file', '/dev/stdin', ...flags[scope]);

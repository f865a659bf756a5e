import type { BackendFacts } from '../../profile.ts';

/** A device as NetworkManager knows it. */
export interface DeviceFacts {
  readonly name: string;
  /** Its own, as far as the kernel shows it; lower case */
  readonly mac: string;
  /** A piece of hardware, not made by software */
  readonly physical: boolean;
  /** UUID of the connection that is active on it */
  readonly connection?: string;
}

/**
 * Debian's: runs what packages for ifupdown have put into /etc/network/if-*.d. Where ifenslave is installed, that
 * frees each port that NetworkManager deactivates and deletes each bond, some time later; NetworkManager has attached
 * or made it again by then, and it goes on and on.
 */
export const IFUPDOWN_HOOK = '/etc/NetworkManager/dispatcher.d/01-ifupdown';

/** NetworkManager notes the active connection of each device under /run, so that nothing needs to be asked. */
export const probe = `
if command -v nmcli >/dev/null 2>&1 && [ -d /etc/NetworkManager ]; then
  case $services in
    *' NetworkManager=active '*) echo 'active yes' ;;
    *) echo 'active no' ;;
  esac
  if [ -x ${IFUPDOWN_HOOK} ] && [ -x /etc/network/if-post-down.d/ifenslave ]; then
    echo 'ifenslave yes'
  fi
  for device in /sys/class/net/*; do
    mac=- index=- connection=- kind=virtual
    [ ! -e "$device/device" ] || kind=physical
    if [ -r "$device/bonding_slave/perm_hwaddr" ]; then read -r mac <"$device/bonding_slave/perm_hwaddr"
    elif [ -r "$device/address" ]; then read -r mac <"$device/address"; fi || :
    if [ -r "$device/ifindex" ]; then read -r index <"$device/ifindex" || :; fi
    if [ -r "/run/NetworkManager/devices/$index" ]; then
      while read -r line; do
        case $line in connection-uuid=*) connection=\${line#*=} ;; esac
      done <"/run/NetworkManager/devices/$index"
    fi
    printf 'device %s %s %s %s\\n' "\${device##*/}" "$mac" "$kind" "$connection"
  done
fi`;

export const devicesOf = ({ facts }: BackendFacts): readonly DeviceFacts[] =>
  (facts.device ?? '').split('\n').flatMap((line) => {
    const [name = '', mac = '-', kind, connection = '-'] = line.split(' ');
    if (name === '') return [];
    return [
      {
        name,
        mac: mac.toLowerCase(),
        physical: kind === 'physical',
        ...(connection !== '-' && { connection }),
      },
    ];
  });

/** UUID of the connection that is active on a device. */
export const activeConnection = (facts: BackendFacts, name: string): string | undefined =>
  devicesOf(facts).find((device) => device.name === name)?.connection;

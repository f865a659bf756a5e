import { isDeepStrictEqual } from 'node:util';
import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import type { Profile } from '../../profile.ts';
import { familyOf, withoutPrefix } from '../../address.ts';
import type { Activation } from '../backend.ts';
import { toStep } from '../iproute2/commands.ts';

/**
 * The live links, exactly and at once: networkd neither deletes nor changes devices. While it still has the old
 * definitions it may have taken away or put back an address of its own, so such a step may find it done.
 */
export const linkSteps = ({ operations }: Activation): Step[] =>
  operations.map((operation) => {
    const step = toStep(operation);
    if (operation.op === 'add-address')
      return { ...step, argv: [...step.argv, ...broadcast(operation.address)] };
    return ['delete-address', 'delete-route', 'set-route'].includes(operation.op)
      ? { ...step, success: [0, 2] }
      : step;
  });

/**
 * networkd's addresses have a broadcast address. One without is another to networkd 252, and coming across it while it
 * configures its own sends that version into a loop that ends with the interface given up as failed.
 */
function broadcast(cidr: string): string[] {
  const [address = '', prefix] = cidr.split('/');
  return familyOf(address) === 'ipv4' && Number(prefix) <= 30 ? ['brd', '+'] : [];
}

/** Whether anything live is to be done at all: `state: defined` is for later. */
export const isLive = (activation: Activation): boolean => {
  const { operations, start, stop, active = [] } = activation;
  return (
    operations.length + start.length + stop.length > 0 || active.some((name) => isNews(activation, name))
  );
};

/** Whether a definition says something else of what is nobody's but networkd's: name servers, rules. */
function isNews({ before, after }: Activation, name: string): boolean {
  const said = (profile: Profile | undefined): unknown[] =>
    [profile?.ipv4, profile?.ipv6].map((family) => [family?.dns, family?.rules, family?.peerdns]);
  return !isDeepStrictEqual(said(own(before, name)), said(own(after, name)));
}

/** Virtual devices that were made beside networkd, which until told does not know that its own are ready. */
const newDevices = ({ operations, change, goal }: Activation): string[] =>
  [
    ...new Set([
      ...operations.flatMap(({ op, link }) => (op === 'add' ? [link] : [])),
      ...change.set.flatMap(({ name, kind }) => (kind !== 'ethernet' ? [name] : [])),
    ]),
  ].filter((name) => Object.hasOwn(goal, name));

/**
 * A device that is there already is ready for networkd 252 only with the next news of it; until then its ports stay
 * unfinished. Setting the alias that it has is such news.
 */
const ANNOUNCE = `for link; do
  alias=
  [ ! -r "/sys/class/net/$link/ifalias" ] || read -r alias <"/sys/class/net/$link/ifalias"
  ip link set dev "$link" alias "$alias"
done
exit 0`;

/** Interfaces that networkd has given up, because of what came and went while it was told, get another try. */
const SETTLE = `tries=0 again=
while [ $tries -lt 30 ]; do
  sleep 0.1
  tries=$((tries + 1)) wait=
  for pair; do
    link=\${pair%% *} address=\${pair#* }
    read -r index <"/sys/class/net/$link/ifindex" || continue
    state=
    while IFS== read -r key value; do
      [ "$key" != ADMIN_STATE ] || state=$value
    done <"/run/systemd/netif/links/$index"
    case $state in
      failed)
        wait=yes
        case $again in *" $link "*) ;; *) again="$again $link "; networkctl reconfigure "$link" ;; esac ;;
      unmanaged) continue ;;
      configured) ;;
      *) [ "$address" = - ] || [ -n "$(ip -o addr show dev "$link" to "$address")" ] || wait=yes
         [ $tries -gt 5 ] || wait=yes ;;
    esac
  done
  [ "$wait" ] || break
done 2>/dev/null
exit 0`;

/** Lets networkd read its files again, and waits until it is done with these interfaces, 3 s at most. */
export function reloadSteps(activation: Activation, renew: readonly string[]): Step[] {
  const { change, goal, stop } = activation;
  const devices = newDevices(activation);
  const watched = [...new Set([...change.set.map(({ name }) => name), ...activation.start])].filter(
    (name) => Object.hasOwn(goal, name) && !stop.includes(name),
  );
  const pairs = watched.flatMap((name) => {
    const { ipv4, ipv6 } = goal[name]!;
    const addresses = [...ipv4.addresses, ...ipv6.addresses].map(withoutPrefix);
    return (addresses.length > 0 ? addresses : ['-']).map((address) => `${name} ${address}`);
  });
  return [
    { title: 'let systemd-networkd read its files', argv: ['networkctl', 'reload'] },
    ...(renew.length > 0
      ? [
          {
            title: `let systemd-networkd configure ${renew.join(', ')}`,
            argv: ['networkctl', 'reconfigure', ...renew],
          },
        ]
      : []),
    ...(devices.length > 0
      ? [
          {
            title: `announce ${devices.join(', ')} to systemd-networkd`,
            argv: ['sh', '-c', ANNOUNCE, 'sh', ...devices],
          },
        ]
      : []),
    ...(pairs.length > 0
      ? [{ title: 'wait for systemd-networkd', argv: ['sh', '-c', SETTLE, 'sh', ...pairs] }]
      : []),
  ];
}

/** When the old files are back: networkd is to be done with them before the links are put back. */
export const rereadSteps = ({ operations, change, links }: Activation): Step[] => {
  const names = [
    ...new Set([
      ...operations.map(({ link }) => link),
      ...change.set.map(({ name }) => name),
      ...change.remove,
    ]),
  ];
  const pairs = names.filter((name) => Object.hasOwn(links, name)).map((name) => `${name} -`);
  return [
    { title: 'let systemd-networkd read its files', argv: ['networkctl', 'reload'] },
    ...(pairs.length > 0
      ? [{ title: 'wait for systemd-networkd', argv: ['sh', '-c', SETTLE, 'sh', ...pairs] }]
      : []),
  ];
};

/** Down, whatever networkd made of it meanwhile. */
export const stopSteps = ({ stop, goal }: Activation): Step[] =>
  stop
    .filter((name) => Object.hasOwn(goal, name) && !goal[name]!.up)
    .map((link) => toStep({ op: 'down', link }));

import type { Step } from '../../../../engine/module.ts';
import type { Profile } from '../../profile.ts';

export const wantsLease = (profile: Profile | undefined): boolean =>
  profile?.ipv4?.dhcp === true || profile?.ipv6?.dhcp === true;

/**
 * The clients that ifup starts, ended as it ends them, but without taking the link down.
 */
const END = `for name; do
  for version in 4 6; do
    part=; [ $version = 4 ] || part=6
    pid=/run/dhclient$part.$name.pid
    if [ -f "$pid" ] && command -v dhclient >/dev/null; then
      dhclient -$version -r -pf "$pid" -lf "/var/lib/dhcp/dhclient$part.$name.leases" "$name"
    fi
  done
  if [ -f "/run/udhcpc.$name.pid" ]; then
    read -r pid <"/run/udhcpc.$name.pid"
    kill -USR2 "$pid" && kill -TERM "$pid"
  fi
  if [ -f "/run/dhcpcd-$name.pid" ] || [ -f "/run/dhcpcd/$name.pid" ]; then dhcpcd -k "$name"; fi
done 2>&1
:`;

export const endLeases = (names: readonly string[]): Step[] =>
  names.length === 0
    ? []
    : [{ title: `end DHCP on ${names.join(', ')}`, argv: ['sh', '-c', END, 'sh', ...names] }];

import { EngineError } from '../../../../engine/errors.ts';
import type { BackendFacts, Profile } from '../../profile.ts';

/** What ifup splices into its own shell commands unquoted. */
const SAFE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/;

/**
 * Whether this ifupdown can have a definition; what it had already is not asked for again.
 * @throws EngineError REQUIREMENT
 */
export function requireWords(
  profile: Profile,
  before: Profile | undefined,
  facts: BackendFacts | undefined,
): void {
  const { name, kind, parent, ipv4, ipv6 } = profile;
  const lacks = (what: string, hint: string): never => {
    throw new EngineError('REQUIREMENT', `ifupdown cannot keep ${name}: ${what}`, { hint });
  };
  const installed = facts ?? lacks('it is not installed', 'install the package ifupdown');
  for (const link of [name, ...(parent === undefined ? [] : [parent])]) {
    if (!SAFE_NAME.test(link))
      lacks(`${JSON.stringify(link)} is no name that ifup can handle`, 'name it otherwise');
  }
  if (kind !== 'vlan' && /\.\d+$/.test(name)) {
    lacks('ifup takes a name that ends in a dot and a number for that of a VLAN', 'name it otherwise');
  }
  const has = (fact: string, value: string): boolean =>
    installed.facts[fact]?.split('\n').includes(value) === true;
  const isSecond = has('flavour', 'ifupdown2');
  if (kind === 'bridge' && !isSecond && !has('hook', 'bridge')) {
    lacks('it has no bridges', 'install the package bridge-utils');
  }
  if (kind === 'bond' && !isSecond && !has('hook', 'ifenslave')) {
    lacks('it has no bonds', 'install the package ifenslave');
  }
  const isNew = (key: 'dhcp' | 'dns', family: 'ipv4' | 'ipv6'): boolean =>
    JSON.stringify(profile[family]?.[key]) !== JSON.stringify(before?.[family]?.[key]);
  for (const [family, fields] of [
    ['ipv4', ipv4],
    ['ipv6', ipv6],
  ] as const) {
    if (fields?.dhcp && isNew('dhcp', family) && (installed.facts.dhcp ?? '') === '') {
      lacks('there is no DHCP client', 'install the package isc-dhcp-client');
    }
    if (fields?.peerdns === false) {
      lacks(
        'it has no option peerdns',
        'leave peerdns out, and tell the DHCP client not to ask for name servers',
      );
    }
    const { servers = [], search = [] } = fields?.dns ?? {};
    if (servers.length + search.length > 0 && isNew('dns', family) && (installed.facts.dns ?? '') === '') {
      lacks('nothing there hands name servers on', 'install the package resolvconf or systemd-resolved');
    }
    if (fields?.addresses?.some((address) => address.includes(' '))) {
      lacks('it has no addresses with a peer', 'leave out the peer');
    }
  }
  if (/[\n\r]/.test(profile.label ?? '')) lacks('a label has one line', 'shorten it');
}

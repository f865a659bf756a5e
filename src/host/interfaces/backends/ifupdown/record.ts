import type { Step } from '../../../../engine/module.ts';
import type { Profile } from '../../profile.ts';
import { plainKey } from './options.ts';
import { dnsOptions } from './render.ts';

/**
 * ifup's own record of what is up (/run/network/ifstate), kept by ifup and ifdown themselves, under their lock. They
 * are given definitions that leave the link alone.
 */
export const forget = (names: readonly string[]): Step[] =>
  names.length === 0
    ? []
    : [
        {
          title: `let ifupdown take ${names.join(', ')} for down`,
          // What has no definition is struck off, and nothing else done
          argv: ['ifdown', '-i', '/dev/null', ...names],
          success: [0, 1],
        },
      ];

/** How much of its definition an interface is brought up with. */
export interface Start {
  readonly profile: Profile;
  /** Start a DHCP client */
  readonly lease: boolean;
  /** Run the commands that people have put there, and hooks with their options */
  readonly commands: boolean;
}

/** A hook that fails is no reason to fail: what matters is looked at afterwards. Without a lease, it is. */
export function record(starts: readonly Start[], ...options: readonly string[]): Step[] {
  if (starts.length === 0) return [];
  const names = inOrder(starts.map(({ profile }) => profile)).map(({ name }) => name);
  const lease = starts.some((start) => start.lease);
  return [
    {
      title: lease ? `start DHCP on ${names.join(', ')}` : `let ifupdown take ${names.join(', ')} for up`,
      argv: ['ifup', ...options, '-i', '/dev/stdin', ...names],
      stdin: starts.map(stanzas).join(''),
      ...(lease ? { timeout: 180 } : { success: [0, 1] }),
    },
  ];
}

/** Takes interfaces down with the commands that people have put there; their links go down. */
export function takeDown(profiles: readonly Profile[]): Step[] {
  if (profiles.length === 0) return [];
  const names = inOrder(profiles)
    .reverse()
    .map(({ name }) => name);
  return [
    {
      title: `run what is to be run before ${names.join(', ')} goes down`,
      argv: ['ifdown', '-i', '/dev/stdin', ...names],
      stdin: profiles.map((profile) => stanzas({ profile, lease: false, commands: true })).join(''),
      success: [0, 1],
    },
  ];
}

/** What stands on another comes after it. */
const inOrder = (profiles: readonly Profile[]): Profile[] =>
  [...profiles].sort((a, b) => LAYERS.indexOf(a.kind) - LAYERS.indexOf(b.kind));
const LAYERS: readonly Profile['kind'][] = ['ethernet', 'bond', 'vlan', 'bridge'];

function stanzas({ profile, lease, commands }: Start): string {
  const { name, ipv4, ipv6, extra = [] } = profile;
  const options = (family: string): string[] =>
    (commands || lease ? extra : [])
      .filter((text) => text.startsWith(`${family} `))
      .map((text) => text.slice(family.length + 1))
      .filter((text) => !/^(bridge|bond)-/.test(plainKey(text)))
      .filter((text) => commands || !COMMAND.test(text));
  const inet = [...dnsOptions(ipv4?.dns), ...options('inet')];
  const inet6 = [...dnsOptions(ipv6?.dns), ...options('inet6')];
  const lease6 = lease && ipv6?.dhcp === true;
  const whole = commands ? extra.filter((text) => text.startsWith('iface ')) : [];
  return [
    `iface ${name} inet ${lease && ipv4?.dhcp ? 'dhcp' : 'manual'}`,
    ...inet.map((line) => `    ${line}`),
    ...(lease6 || inet6.length > 0 ? [`iface ${name} inet6 ${lease6 ? 'dhcp' : 'manual'}`] : []),
    ...inet6.map((line) => `    ${line}`),
    ...whole,
    '',
  ].join('\n');
}

const COMMAND = /^(pre-up|up|post-up|pre-down|down|post-down) /;

/** Whether something is to be run when it goes down: what people have put there, or hooks for name servers. */
export const hasDownCommands = ({ extra = [], ipv4, ipv6 }: Profile): boolean =>
  ipv4?.dns !== undefined ||
  ipv6?.dns !== undefined ||
  extra.some((text) => /^(iface|inet6? (pre-down|down|post-down)) /.test(text));

/** Whether something of theirs is to be run when it comes up. */
export const hasCommands = ({ extra = [] }: Profile): boolean =>
  extra.some((text) => /^(iface|inet6?) /.test(text));

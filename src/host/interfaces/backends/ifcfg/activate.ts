import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import type { Profile } from '../../profile.ts';
import type { Activation, FileChange } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { toStep } from '../iproute2/commands.ts';
import { ruleSteps } from '../rules.ts';
import { nameIn, PARTS, pathOf } from './path.ts';
import { readVariables } from './variables.ts';

/**
 * Exact operations on the live links, since `ifdown` of a bridge would throw guests off it. NetworkManager, where it
 * reads the files, is told of them and activates what is to be up; else only DHCP needs the network scripts.
 */
export function activate(activation: Activation): readonly Step[] {
  const { stored, facts, files, operations, start, stop, active = [] } = activation;
  const isLive = operations.length + start.length + stop.length + active.length > 0;
  const write = files.map((file) => fileStep(file, stored.files));
  if (!isLive) return [...write, ...(facts.facts.nm === 'yes' ? load(files) : [])];
  const ended = leaseEnds(activation);
  return [
    ...endLeases(ended),
    ...ruleSteps(activation, 'del'),
    ...write,
    ...operations.map((operation): Step => {
      const step = toStep(operation);
      const isGone = ended.includes(operation.link) && GOES_WITH_LEASE.includes(operation.op);
      return isGone ? { ...step, success: [0, 2] } : step;
    }),
    ...ruleSteps(activation, 'add'),
    ...(facts.facts.nm === 'yes' ? [...load(files), ...ups(activation)] : leaseStarts(activation).map(ifup)),
  ];
}

const GOES_WITH_LEASE: readonly string[] = ['delete-address', 'delete-route'];

/** The old files are back: what they define is as it was, DHCP too. */
export function restore(activation: Activation): readonly Step[] {
  const back: Activation = {
    ...activation,
    before: activation.after,
    after: activation.before,
    links: activation.goal,
    goal: activation.links,
    start: [],
  };
  if (activation.facts.facts.nm !== 'yes') {
    return [...endLeases(leaseEnds(back)), ...leaseStarts(back).map(ifup)];
  }
  return activation.files.length === 0 ? [] : [RELOAD, ...ups(back)];
}

const wantsLease = (profile: Profile | undefined): boolean =>
  profile?.ipv4?.dhcp === true || profile?.ipv6?.dhcp === true;

const namesOf = ({ before, after }: Activation): string[] => [
  ...new Set([...Object.keys(before), ...Object.keys(after)]),
];

const leaseEnds = (activation: Activation): string[] =>
  namesOf(activation).filter((name) => {
    const { before, after, goal } = activation;
    return wantsLease(own(before, name)) && !(own(goal, name)?.up && wantsLease(own(after, name)));
  });

const leaseStarts = (activation: Activation): string[] =>
  namesOf(activation).filter((name) => {
    const { before, after, goal, links, start } = activation;
    const isDue = start.includes(name) || !wantsLease(own(before, name)) || own(links, name)?.up !== true;
    return isDue && own(goal, name)?.up === true && wantsLease(own(after, name));
  });

/** As `ifdown` ends it, but without taking the link down. */
const END = `for name; do
  pid=/var/run/dhclient-$name.pid
  [ ! -f "$pid" ] || dhclient -r -pf "$pid" -lf "/var/lib/dhclient/dhclient-$name.leases" "$name"
done 2>&1
:`;

const endLeases = (names: readonly string[]): Step[] =>
  names.length === 0
    ? []
    : [{ title: `end DHCP on ${names.join(', ')}`, argv: ['sh', '-c', END, 'sh', ...names] }];

const ifup = (name: string): Step => ({ title: `start DHCP on ${name}`, argv: ['ifup', name], timeout: 180 });

const RELOAD: Step = {
  title: 'let NetworkManager read its files again',
  argv: ['nmcli', 'connection', 'reload'],
};

/** Files that are gone are found by a reload, which leaves other connections alone. */
function load(files: readonly FileChange[]): Step[] {
  const there = files.filter(({ path, content }) => content !== undefined && nameIn(path) !== undefined);
  const paths = there.map(({ path }) => path);
  return [
    ...(files.length > there.length ? [RELOAD] : []),
    ...(paths.length > 0
      ? [
          {
            title: `tell NetworkManager of ${paths.join(', ')}`,
            argv: ['nmcli', 'connection', 'load', ...paths],
          },
        ]
      : []),
  ];
}

/** What is to be up is activated with its definition, controllers before their ports. */
function ups({ files, goal, after, start }: Activation): Step[] {
  const isWritten = ({ name }: Profile): boolean =>
    files.some(({ path }) => PARTS.some((part) => path === pathOf(part, name)));
  const wanted = Object.values(after)
    .filter((profile) => own(goal, profile.name)?.up && (isWritten(profile) || start.includes(profile.name)))
    .sort((a, b) => LAYERS.indexOf(a.kind) - LAYERS.indexOf(b.kind));
  const isExempt = ({ extra = [] }: Profile): boolean =>
    extra.some((text) => /^NM_CONTROLLED=["']?no/i.test(text));
  return wanted
    .filter((profile) => !isExempt(profile))
    .map((profile) => ({
      title: `activate ${profile.name}`,
      argv: ['nmcli', '--wait', '45', 'connection', 'up', 'id', connectionName(profile)],
    }));
}

const LAYERS: readonly Profile['kind'][] = ['bridge', 'bond', 'vlan', 'ethernet'];

/** NAME= of a definition; ours are called as the interface. */
function connectionName({ name, extra = [] }: Profile): string {
  const line = extra.find((text) => text.startsWith('NAME='));
  return (line === undefined ? undefined : readVariables(line)[0]?.value) ?? name;
}

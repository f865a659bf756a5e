import type { Step } from '../../../../engine/module.ts';
import { own } from '../../../own.ts';
import type { Activation, FileChange } from '../backend.ts';
import { fileStep } from '../file-step.ts';
import { isLive, linkSteps, reloadSteps, rereadSteps, stopSteps } from '../networkd/daemon.ts';
import { deferSteps } from '../networkd/defer.ts';
import { finalMarks, holdSteps, marksOf, unmarkSteps } from '../networkd/marks.ts';
import { readDefinitions } from './definitions.ts';

/** A copy of netplan's files as they will be ($new) or are, and what netplan makes of it. */
const GENERATE = `copy=$(mktemp -d /run/wirebook-netplan.XXXXXX) || exit
trap 'rm -rf -- "$copy"' EXIT
for folder in etc/netplan run/netplan lib/netplan; do
  mkdir -p "$copy/$folder" && for file in "/$folder"/*.yaml; do
    [ ! -f "$file" ] || cp -p -- "$file" "$copy/$folder/" || exit
  done
done`;

/** Arguments: path, \`write\` or \`remove\`, content, and so on. */
const CHECK = `${GENERATE}
while [ $# -gt 0 ]; do
  case $2 in
    write) (umask 077 && printf %s "$3" >"$copy$1") || exit ;;
    remove) rm -f -- "$copy$1" ;;
  esac
  shift 3
done
netplan generate --root-dir "$copy" 2>"$copy/errors" && exit
sed "s|$copy||g" "$copy/errors" >&2
exit 1`;

/**
 * Only what differs is written, since networkd takes interfaces through their configuration again when their file
 * is another, even with the same content.
 */
const SYNC = `${GENERATE}
netplan generate --root-dir "$copy" || exit
rules= units=
changed() {
  case $1 in
    run/udev/*) rules=yes ;;
    run/systemd/system/*) units=yes ;;
  esac
}
cd / || exit
for file in run/systemd/network/10-netplan-* run/NetworkManager/system-connections/netplan-* run/udev/rules.d/*-netplan*; do
  [ ! -f "$file" ] || [ -f "$copy/$file" ] || { rm -f -- "$file" && changed "$file"; }
done
cd "$copy" || exit
find run ! -type d >"$copy/list" || exit
umask 022
while IFS= read -r file; do
  case $file in run/netplan/*) continue ;; esac
  [ ! -h "$file" ] || [ ! -h "/$file" ] || continue
  cmp -s -- "$file" "/$file" && continue
  mkdir -p -- "/\${file%/*}" && cp -dp --remove-destination -- "$file" "/$file" || exit
  changed "$file"
done <"$copy/list"
[ -z "$rules" ] || ! command -v udevadm >/dev/null || udevadm control --reload
[ -z "$units" ] || ! command -v systemctl >/dev/null || systemctl daemon-reload
exit 0`;

const syncStep: Step = { title: 'let netplan generate', argv: ['sh', '-c', SYNC, 'sh'] };

const checkStep = (files: readonly FileChange[]): Step => ({
  title: 'let netplan check the new files',
  argv: [
    ...['sh', '-c', CHECK, 'sh'],
    ...files.flatMap(({ path, content }) => [
      path,
      content === undefined ? 'remove' : 'write',
      content ?? '',
    ]),
  ],
});

/** Brings up the connections of NetworkManager that netplan made for these interfaces, where there are some. */
const CONNECT = `nmcli connection reload || exit
for name; do
  [ ! -f "/run/NetworkManager/system-connections/netplan-$name.nmconnection" ] ||
    nmcli --wait 30 connection up "netplan-$name" || exit
done`;

const DISCONNECT = `for name; do nmcli device disconnect "$name" || :; done`;

/**
 * What netplan would refuse fails before anything is touched. Then the links, so that little is left for the daemon
 * that netplan writes for; then the files; then it reads them.
 */
export function activate(activation: Activation): Step[] {
  const { stored, files, change, start, stop } = activation;
  const yaml = files.filter(({ path }) => path.endsWith('.yaml'));
  const checking = yaml.length > 0 ? [checkStep(yaml)] : [];
  const writing = files.map((file) => fileStep(file, stored.files));
  const { networkd, networkManager } = byRenderer(activation);
  if (!isLive(activation)) {
    const deferring = deferSteps(
      activation,
      (name) => networkd.has(name),
      (name) => `/run/systemd/network/10-netplan-${name}.network`,
    );
    return [...checking, ...deferring, ...writing];
  }
  const marks = marksOf(activation, networkd);
  const marking = finalMarks(marks);
  const changed = new Set(change.set.map(({ name }) => name));
  const renew = start.filter((name) => networkd.has(name) && !(changed.has(name) && files.length > 0));
  const told = files.length + marking.length + renew.length + start.length > 0;
  const connect = [...new Set([...changed, ...start])].filter(
    (name) => networkManager.has(name) && own(activation.goal, name)?.up === true && !stop.includes(name),
  );
  const disconnect = stop.filter((name) => networkManager.has(name));
  return [
    ...checking,
    ...holdSteps(marks),
    ...linkSteps(activation),
    ...writing,
    ...marking,
    ...(yaml.length > 0 ? [syncStep] : []),
    ...(told && networkd.size > 0 ? reloadSteps(activation, renew) : []),
    ...((files.length > 0 || connect.length > 0) && networkManager.size > 0
      ? [{ title: 'let NetworkManager read its files', argv: ['sh', '-c', CONNECT, 'sh', ...connect] }]
      : []),
    ...(disconnect.length > 0
      ? [
          {
            title: `let NetworkManager leave ${disconnect.join(', ')}`,
            argv: ['sh', '-c', DISCONNECT, 'sh', ...disconnect],
          },
        ]
      : []),
    ...(told ? stopSteps(activation) : []),
  ];
}

/** Interfaces that were or will be defined, by the daemon that netplan writes for. */
function byRenderer({ stored, files, before, after }: Activation) {
  const result = { networkd: new Set<string>(), networkManager: new Set<string>() };
  const next = { ...stored.files };
  for (const { path, content } of files) {
    if (content === undefined) delete next[path];
    else next[path] = { mode: 0o600, uid: 0, gid: 0, content };
  }
  const renderers = new Map(
    [...readDefinitions(stored.files), ...readDefinitions(next)].map(({ id, renderer }) => [id, renderer]),
  );
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const set = renderers.get(name) === 'NetworkManager' ? result.networkManager : result.networkd;
    set.add(name);
  }
  return result;
}

export function restore(activation: Activation): Step[] {
  const { networkd, networkManager } = byRenderer(activation);
  return [
    syncStep,
    ...unmarkSteps(marksOf(activation, networkd)),
    ...(networkd.size > 0 ? rereadSteps(activation) : []),
    ...(networkManager.size > 0
      ? [{ title: 'let NetworkManager read its files', argv: ['nmcli', 'connection', 'reload'] }]
      : []),
  ];
}

/** systemd's generators, of which netplan is one, have run by then. */
export const restoreAtBoot = (): Step[] => [{ title: 'let netplan generate', argv: ['netplan', 'generate'] }];

export const evidence = (_: readonly string[]): string[] => [
  ...['journalctl', '-u', 'systemd-networkd', '-u', 'NetworkManager', '-n', '20', '--no-pager', '-o', 'cat'],
];

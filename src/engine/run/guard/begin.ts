import type { GuardPlan, RestoreStep, Step } from '../../module.ts';
import { quote, quoteAll } from '../../transport/quote.ts';
import { STEP_TIMEOUT, stepsScript, stepsTimeout } from '../steps.ts';
import { HOST_SCRIPT } from './host-script.ts';

/** Where journals are, one folder a transaction. */
export const JOURNALS = '/var/lib/wirebook/txn';

/** KiB that must be free where the journal and the saved files are. */
const FREE = 1024;

/** Exit statuses of the begin script: nothing was touched. */
const CANNOT = 70;
export const LACKING = 77;

/** A transaction, as the controller knows it. */
export interface Transaction {
  /** Lower-case letters and digits: names folder, units and spare copies */
  readonly id: string;
  /** Who does it, for others that wait */
  readonly holder: string;
  readonly steps: readonly Step[];
  readonly guard: GuardPlan;
  /** Begins the lines between the output of two steps */
  readonly marker: string;
}

/** Seconds that the steps may take. */
export const stepsLimit = ({ steps }: Transaction): number => stepsTimeout(steps);

/** Seconds that putting the host back may take. */
export const restoreLimit = ({ guard }: Transaction): number => stepsTimeout(guard.restore);

/** Steps as a script that ends with their success. */
const performed = (steps: readonly Step[], marker: string): string =>
  stepsScript(steps, 'exit "$wb_done"', marker);

/** Steps that each run whatever became of the one before. */
const restored = (steps: readonly RestoreStep[]): string =>
  steps
    .map(({ argv, stdin, note, success = [0], timeout = STEP_TIMEOUT }, index) => {
      const call = `wb_restore ${timeout} ${quote(success.join(' '))} ${quoteAll(argv)}`;
      if (note) return `${call} <"$wb_txn/note.${index}"`;
      return stdin === undefined ? `${call} </dev/null` : `printf %s ${quote(stdin)} | ${call}`;
    })
    .join('\n');

/** What must be known before the change for these steps to be done, kept in the journal. */
const noted = ({ require = [], restore }: GuardPlan): string =>
  [
    ...require.map((argv) => `${quoteAll(argv)} </dev/null >/dev/null`),
    ...restore.flatMap(({ note }, index) =>
      note ? [`${quoteAll(note)} </dev/null >"$wb_txn/note.${index}"`] : [],
    ),
  ]
    .map((call) => `${call} || wb_give_up ${CANNOT}`)
    .join('\n');

/**
 * Puts files back before any network service starts. It removes itself; a transaction that was confirmed at the last
 * moment is left alone by what it runs.
 */
const unit = (id: string): string => `[Unit]
Description=Put back a network change of Wirebook that was not confirmed
DefaultDependencies=no
RequiresMountsFor=${JOURNALS}
After=local-fs.target
Wants=network-pre.target
Before=network-pre.target systemd-networkd.service NetworkManager.service networking.service network.service
Conflicts=shutdown.target
Before=shutdown.target
[Service]
Type=oneshot
ExecStart=/bin/sh ${JOURNALS}/${id}/guard boot
TimeoutStartSec=180
`;

/**
 * Prepares everything that putting back takes, on disk, and starts the supervisor. Prints `started` and the mode; only
 * after that are the steps run. Whatever fails before leaves the host untouched, with status CANNOT or LACKING.
 *
 * Modes: `systemd` where systemd is PID 1 of where we are, which has a boot unit put files back; else `bare`.
 */
export function beginScript(transaction: Transaction): string {
  const { id, holder, steps, guard, marker } = transaction;
  const now = steps.filter(({ persists }) => !persists);
  const later = steps.filter(({ persists }) => persists);
  const name = `wirebook-restore-${id}.service`;
  const files: Readonly<Record<string, string>> = {
    files: guard.files.map((path, index) => `wb_file ${index} ${quote(path)} || return`).join('\n'),
    steps: performed(steps, marker),
    now: performed(now, marker),
    later: performed(later, marker),
    'restore.steps': restored(guard.restore),
    'boot.steps': restored(guard.restoreAtBoot),
  };
  const folders = [...new Set(guard.files.map((path) => path.slice(0, path.lastIndexOf('/')) || '/'))];
  return `wb_txn=${JOURNALS}/${id}
wb_made=
wb_give_up() {
  if [ "$wb_made" ]; then sh "$wb_txn/guard" rescue; fi
  rm -rf "$wb_txn"
  exit "$1"
} >&2
wb_lacking() { echo "$1" >&2; exit ${LACKING}; }
[ "$(id -u)" = 0 ] || wb_lacking 'it takes root'
for wb_tool in flock setsid mv cp cmp df id readlink sync tail; do
  command -v $wb_tool >/dev/null || wb_lacking "it takes $wb_tool, which the host does not have"
done
for wb_d in /run /var/lock /var/lib; do
  if [ -d "$wb_d" ] && [ -w "$wb_d" ]; then wb_lockdir=$wb_d/wirebook; break; fi
done
wb_mode=bare
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
  wb_mode=systemd
  for wb_ns in net mnt pid; do
    [ "$(readlink /proc/self/ns/$wb_ns)" = "$(readlink /proc/1/ns/$wb_ns)" ] || wb_mode=bare
  done
fi
wb_umask=$(umask)
umask 077
mkdir -p ${JOURNALS} "$wb_lockdir" && mkdir "$wb_txn" && : >"$wb_txn/preparing" || wb_give_up ${CANNOT}
for wb_d in "$wb_txn" ${quoteAll(folders)}; do
  while [ ! -d "$wb_d/" ]; do wb_d=\${wb_d%/*}; done
  wb_free=$(df -Pk "$wb_d/" | tail -n 1 | { read -r wb_1 wb_2 wb_3 wb_4 wb_5; echo "$wb_4"; })
  [ "$wb_free" -ge ${FREE} ] || { echo "$wb_d/ has \${wb_free:-no} KiB free; it takes ${FREE}" >&2; wb_give_up ${CANNOT}; }
done
wb_quote() { printf "'"; printf %s "$1" | sed "s/'/'\\\\\\\\''/g"; printf "'\\n"; }
wb_write() { printf '%s\\n' "$2" >"$1" || wb_give_up ${CANNOT}; }
{
  printf 'PATH='; wb_quote "$PATH"
  echo "wb_id=${id} wb_lockdir=$wb_lockdir wb_run=$wb_lockdir/${id} wb_mode=$wb_mode wb_shell=$$ wb_umask=$wb_umask"
  echo "wb_timeout=${Math.ceil(guard.timeout)} wb_steps_limit=${stepsLimit(transaction)}"
  echo 'wb_units=/etc/systemd/system wb_unit=${name}'
  printf 'wb_private='; wb_quote "\${wbsh_dir:-}"
  printf 'wb_holder='; wb_quote ${quote(holder)}", since $(date '+%Y-%m-%d %H:%M:%S')"
} >"$wb_txn/env" || wb_give_up ${CANNOT}
wb_write "$wb_txn/guard" ${quote(HOST_SCRIPT)}
${Object.entries(files)
  .map(([file, text]) => `wb_write "$wb_txn/${file}" ${quote(text)}`)
  .join('\n')}
wb_made=1
cat /proc/sys/kernel/random/boot_id >"$wb_txn/boot_id" || wb_give_up ${CANNOT}
head -c 65536 /dev/zero >"$wb_txn/reserve" || wb_give_up ${CANNOT}
rm -rf "$wb_lockdir/${id}"
mkdir "$wb_lockdir/${id}" || wb_give_up ${CANNOT}
# The journal is on disk before the unit that reads it, both before the first copy: a power cut leaves nothing behind
sync -- "$wb_txn"/* "$wb_txn" ${JOURNALS} 2>/dev/null || sync
if [ "$wb_mode" = systemd ] && [ -s "$wb_txn/files" ]; then
  wb_units=/etc/systemd/system
  mkdir -p -m 755 "$wb_units/sysinit.target.wants" || wb_give_up ${CANNOT}
  wb_write "$wb_units/${name}" ${quote(unit(id))}
  ln -s "../${name}" "$wb_units/sysinit.target.wants/${name}" || wb_give_up ${CANNOT}
  sync -- "$wb_units/${name}" "$wb_units/sysinit.target.wants" "$wb_units" 2>/dev/null || sync
fi
sh "$wb_txn/guard" save || wb_give_up ${CANNOT}
${noted(guard)}
sync -- "$wb_txn"/* "$wb_txn" 2>/dev/null || sync
mv -- "$wb_txn/preparing" "$wb_txn/ready" && { sync -- "$wb_txn" 2>/dev/null || sync; } || wb_give_up ${CANNOT}
wb_started= wb_timeout=
if timeout 15 true 2>/dev/null; then wb_timeout='timeout 15'; fi
if [ "$wb_mode" = systemd ]; then
  $wb_timeout systemd-run --quiet --collect --unit=wirebook-guard-${id} -p KillMode=process \\
    -p "ExecStopPost=/bin/sh $wb_txn/guard rescue" -p TimeoutStopSec=${restoreLimit(transaction) + 60} \\
    /bin/sh "$wb_txn/guard" supervise unit </dev/null >/dev/null && wb_started=1
fi
if [ -z "$wb_started" ]; then setsid sh "$wb_txn/guard" supervise </dev/null >/dev/null 2>&1 8>&- 9>&- & fi
wb_left=150
until [ -f "$wb_lockdir/${id}/started" ]; do
  wb_left=$((wb_left - 1))
  if [ $wb_left -eq 0 ] && mv -- "$wb_txn/ready" "$wb_txn/preparing"; then
    echo 'the supervisor did not start' >&2
    wb_give_up ${CANNOT}
  fi
  sleep 0.1 2>/dev/null || sleep 1
done
echo "started $wb_mode"`;
}

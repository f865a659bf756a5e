import { EngineError } from '../errors.ts';
import type { ShellOutput } from '../module.ts';
import { escapeControls } from '../transport/escape.ts';
import { quote } from '../transport/quote.ts';
import { JOURNALS } from './guard/begin.ts';

/** Seconds to wait for another run to finish with a host. */
const LOCK_TIMEOUT = 10;

/** Begins a line that tells of a transaction that was taken back. */
const PUT_BACK = 'wb-put-back ';

/** What taking a lock is made of: sets wb_lockdir, waits, says who holds it. */
const PARTS = `wb_lockdir=
for wb_d in /run /var/lock /var/lib; do
  if [ -d "$wb_d" ] && [ -w "$wb_d" ] && mkdir -p "$wb_d/wirebook" 2>/dev/null; then wb_lockdir=$wb_d/wirebook; break; fi
done
wb_uptime() { read -r wb_now wb_rest </proc/uptime; wb_now=\${wb_now%%.*}; }
wb_flock() {
  wb_uptime
  wb_limit=$((wb_now + $2))
  until flock -n "$1"; do
    wb_uptime
    [ "$wb_now" -lt $wb_limit ] || return 1
    sleep 0.1 2>/dev/null || sleep 1
  done
}
wb_in_phase() {
  wb_of=$1
  shift
  for wb_phase; do [ ! -f "$wb_of/$wb_phase" ] || return 0; done
  return 1
}
wb_unfinished() { wb_in_phase "$1" preparing ready open persisting failing; }
wb_settled() {
  if [ -f "$wb_lockdir/txn.lock" ] && ! wb_flock 8 "$1" 8>>"$wb_lockdir/txn.lock"; then
    { read -r wb_who; read -r wb_until; } <"$wb_lockdir/txn.lock"
    wb_uptime
    printf 'an unfinished transaction of %s, at most %s s left\\n' "$wb_who" $((wb_until - wb_now)) >&2
    return 75
  fi
  for wb_txn in ${JOURNALS}/*/; do
    wb_txn=\${wb_txn%/}
    # All that a power cut left of one that was about to begin
    if [ -d "$wb_txn" ] && ! wb_unfinished "$wb_txn" && ! wb_in_phase "$wb_txn" confirmed rolledback; then rm -rf "$wb_txn"; fi
    wb_unfinished "$wb_txn" || continue
    sh "$wb_txn/guard" rescue </dev/null >/dev/null 2>&1 9>&-
    wb_unfinished "$wb_txn" || continue
    # Ended before it had its program: nothing was touched
    if [ -f "$wb_txn/preparing" ] && rm -rf "$wb_txn"; then continue; fi
    printf 'a transaction that broke off could not be taken back: look into %s\\n' "$wb_txn" >&2
    return 75
  done
  wb_tell
}
wb_tell() {
  for wb_txn in ${JOURNALS}/*; do
    [ -f "$wb_txn/rolledback" ] && [ ! -f "$wb_txn/told" ] || continue
    wb_why=
    { read -r wb_why wb_rest <"$wb_txn/outcome"; } 2>/dev/null
    printf '${PUT_BACK}%s %s %s\\n' "\${wb_why:-unknown}" "\${wb_txn##*/}" "$(. "$wb_txn/env"; echo "$wb_holder")" >&2
    : >"$wb_txn/told"
  done
  return 0
}`;

/**
 * Takes the host's lock for this shell: flock on descriptor 9 of the shell itself, which every request closes for
 * what it starts, so that a daemon started by a step does not hold it for ever. Without flock: a directory that names
 * boot and process. A host with an unfinished transaction is busy as well, as long as that has a supervisor; one that
 * has none is ended here. What was put back without anyone hearing of it is told on stderr, once. Runs in place; prints
 * nothing else on success, and who holds it on stderr, with status 75, if it
 * is taken.
 */
export function lockScript(holder: string, timeout: number = LOCK_TIMEOUT): string {
  return `${PARTS}
wb_lock() {
  if [ -z "$wb_lockdir" ]; then echo 'no directory to lock in: /run, /var/lock and /var/lib cannot be written' >&2; return 77; fi
  wb_holder=${quote(holder)}" (shell $$ there), since $(date '+%Y-%m-%d %H:%M:%S')"
  if command -v flock >/dev/null 2>&1; then
    command exec 9>>"$wb_lockdir/lock" || return 77
    if ! wb_flock 9 ${timeout}; then exec 9>&-; cat "$wb_lockdir/lock" >&2; return 75; fi
    wb_settled ${timeout} || { exec 9>&-; return 75; }
    printf '%s\\n' "$wb_holder" >"$wb_lockdir/lock"
    return 0
  fi
  wb_boot=$(cat /proc/sys/kernel/random/boot_id)
  wb_left=${timeout}
  until mkdir "$wb_lockdir/lock.d" 2>/dev/null; do
    read -r wb_b wb_p wb_who <"$wb_lockdir/lock.d/holder" || wb_b=
    if [ -n "$wb_b" ] && { [ "$wb_b" != "$wb_boot" ] || ! kill -0 "$wb_p" 2>/dev/null; }; then rm -rf "$wb_lockdir/lock.d"; continue; fi
    if [ "$wb_left" -le 0 ]; then printf '%s\\n' "$wb_who" >&2; return 75; fi
    wb_left=$((wb_left - 1)); sleep 1
  done
  printf '%s %s %s\\n' "$wb_boot" "$$" "$wb_holder" >"$wb_lockdir/lock.d/holder"
}
wb_lock`;
}

/**
 * Takes the lock over from the shell that began a transaction, which may sit on a connection that is cut: it is ended.
 * Runs in place; status 75 when somebody else was faster.
 */
export function takeOverScript(holder: string, id: string): string {
  return `${PARTS}
wb_take_over() {
  wb_holder=${quote(holder)}" (shell $$ there), since $(date '+%Y-%m-%d %H:%M:%S')"
  wb_env=${JOURNALS}/${id}/env
  ${heardScript(id)}
  wb_old=$(. $wb_env && echo "$wb_shell")
  command exec 9>>"$wb_lockdir/lock" || return 75
  if ! { flock -n 9 || { sleep 0.2 2>/dev/null || sleep 1; flock -n 9; }; }; then
    if [ "$(readlink "/proc/$wb_old/fd/9")" = "$wb_lockdir/lock" ]; then
      kill -9 "$wb_old"
      # What it would have removed itself (framing.ts)
      (. $wb_env && [ -n "$wb_private" ] && rm -rf "$wb_private")
    fi
    wb_flock 9 2 || { exec 9>&-; return 75; }
  fi
  printf '%s\\n' "$wb_holder" >"$wb_lockdir/lock"
}
wb_take_over`;
}

/** Notes that the controller has heard that a transaction was taken back. */
export const heardScript = (id: string): string =>
  `[ ! -f ${JOURNALS}/${id}/rolledback ] || : >${JOURNALS}/${id}/told`;

/** Lets the lock go; runs in place. */
export const unlockScript = `if [ -n "\${wb_lockdir:-}" ]; then
  command exec 9>&-
  if [ -d "$wb_lockdir/lock.d" ]; then read -r wb_b wb_p wb_who <"$wb_lockdir/lock.d/holder"; if [ "$wb_p" = $$ ]; then rm -rf "$wb_lockdir/lock.d"; fi; fi
fi`;

/** Why a transaction was taken back, from the first word of its outcome. */
const REASONS: Readonly<Record<string, string>> = {
  timeout: 'nobody confirmed it in time',
  step: 'a step failed',
  deadline: 'a step did not end in time',
  killed: 'its steps were killed',
  dead: 'what looked after it was killed',
  reboot: 'the host was restarted in the middle',
};

/** What the lock script told of earlier changes, as warnings, and the output without it. */
export function putBack(output: ShellOutput): { warnings: readonly string[]; output: ShellOutput } {
  const lines = output.stderr.split('\n');
  const told = lines.filter((line) => line.startsWith(PUT_BACK));
  if (told.length === 0) return { warnings: [], output };
  const warnings = told.map((line) => {
    const [why = '', id = '', ...who] = line.slice(PUT_BACK.length).split(' ');
    const because = REASONS[why] ?? 'it was broken off';
    return escapeControls(
      `the host was put back from a change of ${who.join(' ')}: ${because}; the journal is ${JOURNALS}/${id}`,
    );
  });
  const stderr = lines.filter((line) => !line.startsWith(PUT_BACK)).join('\n');
  return { warnings, output: { ...output, stderr } };
}

/** @throws EngineError LOCKED when another run holds it, REQUIREMENT when there is no place for it */
export function checkLock(output: ShellOutput): void {
  if (output.status === 0) return;
  const said = output.stderr.trim();
  if (output.status === 75) {
    throw new EngineError(
      'LOCKED',
      `another run is changing this host: ${said || 'it did not leave its name'}`,
      {
        hint: 'wait until it has ended, or end it',
      },
    );
  }
  throw new EngineError('REQUIREMENT', `the host cannot be locked for changing it: ${said}`, {
    hint: 'changing a host needs root there: log in as root, or set become: true',
  });
}

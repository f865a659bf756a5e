import { EngineError } from '../errors.ts';
import type { ShellOutput } from '../module.ts';
import { quote } from '../transport/quote.ts';

/** Seconds to wait for another run to finish with a host. */
const LOCK_TIMEOUT = 10;

/**
 * Takes the host's lock for this shell: flock on descriptor 9 of the shell itself, which every request closes for
 * what it starts, so that a daemon started by a step does not hold it for ever. Without flock: a directory that names
 * boot and process. Runs in place; prints nothing on success, and who holds it on stderr, with status 75, if it is taken.
 */
export function lockScript(holder: string, timeout: number = LOCK_TIMEOUT): string {
  return `wb_lockdir=
for wb_d in /run /var/lock /var/lib; do
  if [ -d "$wb_d" ] && [ -w "$wb_d" ] && mkdir -p "$wb_d/wirebook" 2>/dev/null; then wb_lockdir=$wb_d/wirebook; break; fi
done
wb_lock() {
  if [ -z "$wb_lockdir" ]; then echo 'no directory to lock in: /run, /var/lock and /var/lib cannot be written' >&2; return 77; fi
  wb_holder=${quote(holder)}" (shell $$ there), since $(date '+%Y-%m-%d %H:%M:%S')"
  if command -v flock >/dev/null 2>&1; then
    command exec 9>>"$wb_lockdir/lock" || return 77
    if ! flock -w ${timeout} 9; then exec 9>&-; cat "$wb_lockdir/lock" >&2; return 75; fi
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

/** Lets the lock go; runs in place. */
export const unlockScript = `if [ -n "\${wb_lockdir:-}" ]; then
  command exec 9>&-
  if [ -d "$wb_lockdir/lock.d" ]; then read -r wb_b wb_p wb_who <"$wb_lockdir/lock.d/holder"; if [ "$wb_p" = $$ ]; then rm -rf "$wb_lockdir/lock.d"; fi; fi
fi`;

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

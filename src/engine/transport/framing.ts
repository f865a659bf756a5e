import { randomBytes } from 'node:crypto';
import { quote, quoteAll } from './quote.ts';
import type { ShellRequest } from './types.ts';

/** Seconds a request may take when it does not say. */
export const DEFAULT_TIMEOUT = 60;

export const makeNonce = (): string => `wb${randomBytes(12).toString('hex')}`;

/** Marks the begin and the end of request `number` in stdout and in stderr; in stdout a status follows the end. */
export const beginMarker = (nonce: string, number: number): string => `${nonce}<${number}\n`;
export const endMarker = (nonce: string, number: number): string => `${nonce}>${number} `;

/**
 * What the shell is told first. It stays at its input while a request runs in a process of its own, the supervisor,
 * so it can be told to stop it; a request costs four forks and one exec (sleep), and one round trip.
 *
 * - wb_kill: SIGKILL to every process of the group that is not older than the process given, but the shell and the
 *   caller. dash and busybox make no process groups without a terminal, and leave what earlier requests left behind
 *   alone, so the start time in /proc decides.
 * - wb_supervise: starts the clock (sleep) and the request, and waits for the clock, which the request's end stops.
 * - wb_run: one request. The nonce comes last, so a request cut off on its way never runs. The script is an argument
 *   of a function, which unlike one of a program can be of any size, and is read by eval in a subshell, so that
 *   neither a syntax error nor `exit` ends the shell.
 * - wb_here: the same in the shell itself. Its clock ticks by the second, so that killing it leaves nothing for long.
 * - wb_stop: ends the running request.
 */
const PRELUDE = `
wb_begin() { echo "$wb_nonce<$1"; echo "$wb_nonce<$1" >&2; }
wb_end() { echo "$wb_nonce>$1 $2" >&2; echo "$wb_nonce>$1 $2"; }
wb_stat() { read -r wb_line && wb_pid=\${wb_line%% *} && set -- \${wb_line##*') '} && wb_group=$3 wb_age=\${20}; }
wb_kill() {
  wb_stat </proc/self/stat || return
  wb_self=$wb_pid wb_own=$wb_group
  wb_stat <"/proc/\${1:-self}/stat" || return
  wb_since=$wb_age wb_found=1
  while [ "$wb_found" ]; do
    wb_found=
    for wb_file in /proc/[0-9]*/stat; do
      wb_stat <"$wb_file" || continue
      [ "$wb_group" = "$wb_own" ] && [ "$wb_age" -ge "$wb_since" ] || continue
      [ "$wb_pid" != "$wb_self" ] && [ "$wb_pid" != $$ ] || continue
      case $wb_line in *') Z '*) ;; *) kill -9 "$wb_pid" && wb_found=1 ;; esac
    done
  done
} 2>/dev/null
wb_idle() { [ -z "$wb_job" ] || wait "$wb_job"; wb_job=; }
wb_private() { [ -d "$wb_dir" ] || wb_dir=$(umask 077; mktemp -d "\${TMPDIR:-/tmp}/wirebook.XXXXXXXXXX"); }
wb_eval() { (wb_script=$5; unset wb_nonce; set --; eval "$wb_script") <"$wb_in"; }
wb_perform() {
  if [ "$3" ]; then wb_eval "$@" >"$wb_dir/out.$1" 2>"$wb_dir/err.$1"; else wb_eval "$@"; fi
  wb_status=$?
  kill $wb_clock 2>/dev/null
  if [ "$3" ]; then
    cat "$wb_dir/out.$1"
    cat "$wb_dir/err.$1" >&2
    : >"$wb_dir/out.$1" >"$wb_dir/err.$1"
  fi
  [ -z "$4" ] || : >"$wb_in"
  wb_end "$1" $wb_status
}
wb_supervise() {
  [ -z "$3" ] || trap '' HUP PIPE
  wb_in=/dev/null
  if [ "$4" ]; then
    wb_in=$wb_dir/in.$1
    (umask 077; printf %s "$4" | base64 -d >"$wb_in") || { wb_end "$1" store; return; }
  fi
  sleep "$2" >/dev/null 2>&1 &
  wb_clock=$!
  wb_perform "$@" &
  { wait $wb_clock; } 2>/dev/null || return
  wb_kill
  wb_end "$1" timeout
}
wb_run() {
  [ "$6" = "$wb_nonce" ] || return
  wb_idle
  wb_begin "$1"
  [ -z "$3$4" ] || wb_private || { wb_end "$1" store; return; }
  wb_supervise "$@" </dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  wb_job=$!
}
wb_tick() {
  wb_left=$1
  while [ $wb_left -gt 0 ]; do sleep 1; wb_left=$((wb_left - 1)); done
  kill -USR1 $$
  wb_kill
}
wb_here() {
  [ "$4" = "$wb_nonce" ] || return
  wb_idle
  wb_begin "$1"
  wb_late=
  trap wb_late=1 USR1
  wb_tick "$2" </dev/null >/dev/null 2>&1 9>&- &
  wb_clock=$!
  eval "$3" </dev/null
  wb_status=$?
  { kill -9 $wb_clock; wait $wb_clock; } 2>/dev/null
  trap - USR1
  [ -z "$wb_late" ] || wb_status=timeout
  wb_end "$1" $wb_status
}
wb_stop() {
  [ "$2" = "$wb_nonce" ] || return
  [ -z "$wb_job" ] || wb_kill "$wb_job"
  wb_idle 2>/dev/null
  wb_end "$1" stopped
}
wb_leave() {
  wb_idle
  [ -z "$wb_dir" ] || rm -rf "$wb_dir"
}
trap wb_leave EXIT
wb_job= wb_dir=
export LC_ALL=C
{ read -r wb_os </proc/sys/kernel/ostype && read -r wb_release </proc/sys/kernel/osrelease; } 2>/dev/null
wb_uname="$wb_os $wb_release"
[ "$wb_release" ] || wb_uname=$(uname -sr)
`;

/** Prepares the shell and has it print, between the markers of request 0: uname, id, SSH_CONNECTION. */
export function startText(nonce: string): string {
  return [
    `wb_nonce=${nonce}`,
    PRELUDE,
    'wb_begin 0; echo "$wb_uname"; id; echo "$SSH_CONNECTION"; wb_end 0 0\n',
  ].join('\n');
}

/** A request as the shell reads it. @throws TypeError on a NUL in the script or the environment, or a bad variable name */
export function requestText(nonce: string, number: number, request: ShellRequest): string {
  const exports = Object.entries(request.env ?? {}).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`not a variable name: ${name}`);
    return `export ${name}=${quote(value)}\n`;
  });
  const script = exports.join('') + request.script;
  const timeout = String(Math.max(1, Math.ceil(request.timeout ?? DEFAULT_TIMEOUT)));
  if (request.inPlace) return `${quoteAll(['wb_here', String(number), timeout, script, nonce])}\n`;
  const stdin = request.stdin === undefined ? '' : Buffer.from(request.stdin as string).toString('base64');
  const survive = request.survive ? 'survive' : '';
  return `${quoteAll(['wb_run', String(number), timeout, survive, stdin, script, nonce])}\n`;
}

/** Ends the running request. */
export const stopText = (nonce: string, number: number): string =>
  `${quoteAll(['wb_stop', String(number), nonce])}\n`;

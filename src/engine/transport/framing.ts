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
 * - wbsh_kill: SIGKILL to every process of the group that is not older than the caller, but the shell and the caller.
 *   dash and busybox make no process groups without a terminal, and what earlier requests left behind must stay, so
 *   the start time in /proc decides.
 * - wbsh_supervise: starts the clock (sleep) and the request, and waits for the clock, which the request's end stops.
 *   SIGTERM has it kill the request. It ignores that before it reports the end: what a request that was reported
 *   left behind is spared, however soon the shell leaves.
 * - wbsh_abort: SIGTERM to the supervisor, if it is there still: its number may be another process's by now.
 * - wbsh_run: one request. The nonce comes last, so a request cut off on its way never runs. The script is an argument
 *   of a function, which unlike one of a program can be of any size, and is read by eval in a subshell, so that
 *   neither a syntax error nor `exit` ends the shell.
 * - wbsh_here: the same in the shell itself. Its clock ticks by the second, so that killing it leaves nothing for long.
 * - wbsh_stop: ends the running request.
 * - wbsh_leave: at the end of its input, ends the running request, or waits for one that is to survive. Then the shell
 *   exits, which lets the host's lock go.
 */
const PRELUDE = `
wbsh_begin() { echo "$wbsh_nonce<$1"; echo "$wbsh_nonce<$1" >&2; }
wbsh_end() { echo "$wbsh_nonce>$1 $2" >&2; echo "$wbsh_nonce>$1 $2"; }
wbsh_stat() { read -r wbsh_line && wbsh_pid=\${wbsh_line%% *} && set -- \${wbsh_line##*') '} && wbsh_parent=$2 wbsh_group=$3 wbsh_age=\${20}; }
wbsh_kill() {
  wbsh_stat </proc/self/stat || return
  wbsh_self=$wbsh_pid wbsh_own=$wbsh_group wbsh_since=$wbsh_age wbsh_found=1
  while [ "$wbsh_found" ]; do
    wbsh_found=
    for wbsh_file in /proc/[0-9]*/stat; do
      wbsh_stat <"$wbsh_file" || continue
      [ "$wbsh_group" = "$wbsh_own" ] && [ "$wbsh_age" -ge "$wbsh_since" ] || continue
      [ "$wbsh_pid" != "$wbsh_self" ] && [ "$wbsh_pid" != $$ ] || continue
      case $wbsh_line in *') Z '*) ;; *) kill -9 "$wbsh_pid" && wbsh_found=1 ;; esac
    done
  done
} 2>/dev/null
wbsh_abort() {
  [ "$wbsh_job" ] && wbsh_stat <"/proc/$wbsh_job/stat" && [ "$wbsh_parent" = $$ ] && kill "$wbsh_job"
} 2>/dev/null
wbsh_idle() { [ -z "$wbsh_job" ] || wait "$wbsh_job"; wbsh_job=; }
wbsh_private() { [ -d "$wbsh_dir" ] || wbsh_dir=$(umask 077; mktemp -d "\${TMPDIR:-/tmp}/wirebook.XXXXXXXXXX"); }
wbsh_eval() { (wbsh_script=$5; unset wbsh_nonce; set --; eval "$wbsh_script") <"$wbsh_in"; }
wbsh_perform() {
  if [ "$3" ]; then wbsh_eval "$@" >"$wbsh_dir/out.$1" 2>"$wbsh_dir/err.$1"; else wbsh_eval "$@"; fi
  wbsh_status=$?
  kill -9 $wbsh_clock 2>/dev/null
  if [ "$3" ]; then
    cat "$wbsh_dir/out.$1"
    cat "$wbsh_dir/err.$1" >&2
    : >"$wbsh_dir/out.$1" >"$wbsh_dir/err.$1"
  fi
  [ -z "$4" ] || : >"$wbsh_in"
  return $wbsh_status
}
wbsh_supervise() {
  trap 'wbsh_kill; exit' TERM
  [ -z "$3" ] || trap '' HUP PIPE
  wbsh_in=/dev/null
  if [ "$4" ]; then
    wbsh_in=$wbsh_dir/in.$1
    (umask 077; printf %s "$4" | base64 -d >"$wbsh_in") || { wbsh_end "$1" store; return; }
  fi
  sleep "$2" >/dev/null 2>&1 &
  wbsh_clock=$!
  wbsh_perform "$@" &
  wbsh_task=$!
  if { wait $wbsh_clock; } 2>/dev/null; then
    wbsh_kill
    wbsh_status=timeout
  else
    wait $wbsh_task
    wbsh_status=$?
  fi
  trap '' TERM
  wbsh_end "$1" $wbsh_status
}
wbsh_run() {
  [ "$6" = "$wbsh_nonce" ] || return
  wbsh_idle
  wbsh_survive=$3
  wbsh_begin "$1"
  [ -z "$3$4" ] || wbsh_private || { wbsh_end "$1" store; return; }
  wbsh_supervise "$@" </dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  wbsh_job=$!
}
wbsh_tick() {
  wbsh_left=$1
  while [ $wbsh_left -gt 0 ]; do sleep 1; wbsh_left=$((wbsh_left - 1)); done
  kill -USR1 $$
  wbsh_kill
}
wbsh_here() {
  [ "$4" = "$wbsh_nonce" ] || return
  wbsh_idle
  wbsh_begin "$1"
  wbsh_late=
  trap wbsh_late=1 USR1
  wbsh_tick "$2" </dev/null >/dev/null 2>&1 9>&- &
  wbsh_clock=$!
  eval "$3" </dev/null
  wbsh_status=$?
  { kill -9 $wbsh_clock; wait $wbsh_clock; } 2>/dev/null
  trap - USR1
  [ -z "$wbsh_late" ] || wbsh_status=timeout
  wbsh_end "$1" $wbsh_status
}
wbsh_stop() {
  [ "$2" = "$wbsh_nonce" ] || return
  wbsh_abort
  wbsh_idle 2>/dev/null
  wbsh_end "$1" stopped
}
wbsh_leave() {
  [ "$wbsh_survive" ] || wbsh_abort
  wbsh_idle 2>/dev/null
  [ -z "$wbsh_dir" ] || rm -rf "$wbsh_dir"
}
trap wbsh_leave EXIT
wbsh_job= wbsh_dir= wbsh_survive=
export LC_ALL=C
{ read -r wbsh_os </proc/sys/kernel/ostype && read -r wbsh_release </proc/sys/kernel/osrelease; } 2>/dev/null
wbsh_uname="$wbsh_os $wbsh_release"
[ "$wbsh_release" ] || wbsh_uname=$(uname -sr)
`;

/** Prepares the shell and has it print, between the markers of request 0: uname, id, SSH_CONNECTION. */
export function startText(nonce: string): string {
  return [
    `wbsh_nonce=${nonce}`,
    PRELUDE,
    'wbsh_begin 0; echo "$wbsh_uname"; id; echo "$SSH_CONNECTION"; wbsh_end 0 0\n',
  ].join('\n');
}

/** A request as the shell reads it. @throws EngineError PARAM_FORMAT on a NUL in the script or the environment, TypeError on a bad variable name */
export function requestText(nonce: string, number: number, request: ShellRequest): string {
  const exports = Object.entries(request.env ?? {}).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`not a variable name: ${name}`);
    return `export ${name}=${quote(value)}\n`;
  });
  const script = exports.join('') + request.script;
  const timeout = String(Math.max(1, Math.ceil(request.timeout ?? DEFAULT_TIMEOUT)));
  if (request.inPlace) return `${quoteAll(['wbsh_here', String(number), timeout, script, nonce])}\n`;
  const stdin = request.stdin === undefined ? '' : Buffer.from(request.stdin as string).toString('base64');
  const survive = request.survive ? 'survive' : '';
  return `${quoteAll(['wbsh_run', String(number), timeout, survive, stdin, script, nonce])}\n`;
}

/** Ends the running request. */
export const stopText = (nonce: string, number: number): string =>
  `${quoteAll(['wbsh_stop', String(number), nonce])}\n`;

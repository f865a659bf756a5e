/**
 * The program that is left on the host: `sh JOURNAL/guard …`. POSIX sh, of which nothing is put together at run time;
 * what differs is in files beside it in the journal (see begin.ts). Runs as root.
 *
 * A transaction's phase is the name of one file in its journal, so that each change of phase is one rename, which one
 * party alone can win, which needs no space, and which a power cut leaves done or not done:
 *
 *   preparing → ready → open → confirmed
 *                         ↘ persisting ↗     hosts without systemd: stored files are written after confirmation
 *                           failing → rolledback
 *
 * - supervise holds the transaction lock, runs the steps, and waits for one of: confirmation, a request to roll back,
 *   the end of the time.
 * - rescue is for whoever finds a transaction without a supervisor: the unit's ExecStopPost, the watcher (which waits
 *   for the supervisor's lock), the next run that takes the host's lock. It ends what can be ended.
 * - boot is rescue before any network service has started.
 * - save, wait, confirm and abort are what requests of the controller come down to.
 */
export const HOST_SCRIPT = `wb_txn=\${0%/*}
. "$wb_txn/env"
export LC_ALL=C
umask 077

wb_nap() { sleep 0.1 2>/dev/null || sleep 1; }
wb_uptime() { read -r wb_now wb_rest </proc/uptime; wb_now=\${wb_now%%.*}; }
wb_sync() { sync -- "$@" 2>/dev/null || sync; }
wb_turn() { mv -- "$wb_txn/$1" "$wb_txn/$2" 2>/dev/null && wb_sync "$wb_txn"; }
wb_is() { [ -f "$wb_txn/$1" ]; }

# Runs an action for every file that the steps may write: NUMBER PATH.
wb_files() { wb_action=$1; . "$wb_txn/files"; }
wb_file() { "wb_$wb_action" "$@" || [ "$wb_action" != save ]; }
# A copy beside the file: put back by a rename, which needs no space.
wb_spare() { wb_spare=\${2%/*}/.wirebook-$wb_id.$1; }

wb_save() {
  wb_spare "$@"
  if [ -L "$2" ] || [ -f "$2" ]; then
    cp -a -- "$2" "$wb_txn/saved.$1" && cp -a -- "$2" "$wb_spare" || return
    [ -L "$2" ] || wb_sync "$wb_txn/saved.$1" "$wb_spare"
    wb_sync "\${2%/*}/"
  elif [ -e "$2" ]; then
    echo "$2 is not a regular file" >&2
    return 1
  else
    : >"$wb_txn/absent.$1"
  fi
}
wb_same() {
  if [ -L "$1" ]; then [ "$(readlink "$1")" = "$(readlink "$2")" ]; else [ ! -L "$2" ] && cmp -s "$1" "$2"; fi
}
wb_put_back() {
  wb_spare "$@"
  # What a write that was cut off was about to rename
  rm -f -- "\${2%/*}"/.wirebook.[0-9]*
  if [ -f "$wb_txn/absent.$1" ]; then
    rm -f -- "$2"
  elif [ -L "$wb_spare" ] || [ -f "$wb_spare" ]; then
    mkdir -p -- "\${2%/*}/" && mv -f -- "$wb_spare" "$2"
  elif ! wb_same "$wb_txn/saved.$1" "$2"; then
    mkdir -p -- "\${2%/*}/"
    { cp -a -- "$wb_txn/saved.$1" "$wb_spare.new" && mv -f -- "$wb_spare.new" "$2"; } || cat "$wb_txn/saved.$1" >"$2"
  fi || echo "could not put $2 back" >&2
  [ ! -d "\${2%/*}/" ] || wb_sync "\${2%/*}/"
}
wb_tidy() { wb_spare "$@"; rm -f -- "$wb_spare" "$wb_spare.new"; }
wb_settle() {
  if [ -f "$2" ]; then wb_sync "$2"; fi
  [ ! -d "\${2%/*}/" ] || wb_sync "\${2%/*}/"
}

# One step of a restore: SECONDS ACCEPTED COMMAND… One that fails or hangs does not stop the rest.
wb_restore() {
  wb_seconds=$1 wb_accepted=$2
  shift 2
  if timeout -s KILL 1 true 2>/dev/null; then timeout -s KILL "$wb_seconds" "$@"; else "$@"; fi
  wb_status=$?
  case " $wb_accepted " in *" $wb_status "*) ;; *) echo "restoring: $* ended with status $wb_status" ;; esac
} >&2

# Kills every process of a session.
wb_kill_session() {
  wb_found=1 wb_round=0
  while [ "$wb_found" ] && [ $wb_round -lt 50 ]; do
    wb_found= wb_round=$((wb_round + 1))
    for wb_stat in /proc/[0-9]*/stat; do
      read -r wb_line <"$wb_stat" || continue
      wb_pid=\${wb_line%% *}
      set -- "$1" \${wb_line##*') '}
      [ "$5" = "$1" ] && [ "$2" != Z ] && kill -9 "$wb_pid" && wb_found=1
    done
    [ -z "$wb_found" ] || wb_nap
  done
} 2>/dev/null
# Nobody runs steps any more, nor will: who makes the folder first may.
wb_stop() {
  [ -d "$wb_run" ] || return 0
  mkdir "$wb_run/$1.running" 2>/dev/null && return
  [ -f "$wb_run/$1.status" ] || wb_kill_session "$(cat "$wb_run/$1.pid")"
}

# Runs one of the step scripts in a session of its own. @returns 0 when all were done; else wb_why says why not
wb_perform() {
  wb_uptime
  wb_limit=$((wb_now + $2)) wb_why=
  setsid sh "$wb_txn/guard" perform "$1" </dev/null >/dev/null 2>"$wb_run/$1.err" 8>&- 9>&- &
  wb_job=$!
  until [ -f "$wb_run/$1.status" ]; do
    wb_uptime
    if [ -f "$wb_run/abort" ]; then wb_why=asked; return 1; fi
    if [ "$wb_now" -ge "$wb_limit" ]; then wb_why=deadline; return 1; fi
    read -r wb_line <"/proc/$wb_job/stat" 2>/dev/null || wb_line='0 () Z'
    case \${wb_line##*') '} in Z*) [ -f "$wb_run/$1.status" ] || { wb_why=killed; return 1; } ;; esac
    wb_nap
  done
  [ "$(cat "$wb_run/$1.status")" = 0 ] || { wb_why=step; return 1; }
} 2>/dev/null

# What became of it, for whoever asks later: why, which steps ran last, what they printed. The reserve makes room.
wb_outcome() {
  rm -f "$wb_txn/reserve"
  for wb_part in later now steps; do [ ! -f "$wb_run/$wb_part.err" ] || break; done
  {
    echo "$1 $wb_part"
    tail -c 8000 "$wb_run/$wb_part.err"
  } >"$wb_txn/outcome"
} 2>/dev/null

wb_roll_back() {
  for wb_part in steps now later; do wb_stop $wb_part; done
  # In a host that goes down what is stored is enough, and boot ends it
  [ -s "$wb_txn/outcome" ] || wb_outcome "$1"
  wb_files put_back 2>"$wb_txn/restore.err"
  if [ "$wb_mode" = systemd ] && [ "$2" != boot ] && [ "$(systemctl is-system-running 2>/dev/null)" = stopping ]; then return; fi
  [ -z "$2" ] || ( umask "$wb_umask"; . "$wb_txn/$2.steps" ) </dev/null >/dev/null 2>>"$wb_txn/restore.err" 8>&- 9>&-
  wb_turn failing rolledback
  wb_end
}

# Nothing of an ended transaction is left but its journal, and of those the last five.
wb_end() {
  wb_files tidy
  rm -f "$wb_units/$wb_unit" "$wb_units/sysinit.target.wants/$wb_unit" "$wb_txn/reserve"
  rm -rf "$wb_run"
  ls -1t "\${wb_txn%/*}" | (
    wb_kept=0
    while read -r wb_name; do
      wb_other=\${wb_txn%/*}/$wb_name
      [ -f "$wb_other/confirmed" ] || [ -f "$wb_other/rolledback" ] || continue
      wb_kept=$((wb_kept + 1))
      [ $wb_kept -le 5 ] || rm -rf "$wb_other"
    done
  )
}

wb_supervise() {
  exec 8>>"$wb_lockdir/txn.lock"
  wb_uptime
  wb_limit=$((wb_now + 10))
  until flock -n 8; do
    wb_uptime
    [ "$wb_now" -lt $wb_limit ] || exit
    wb_nap
  done
  printf '%s\\n%s\\n' "$wb_holder" $((wb_now + wb_steps_limit + wb_timeout)) >"$wb_lockdir/txn.lock"
  trap '' HUP PIPE
  # A simple command: a subshell around it would hold the lock
  if [ "$1" != unit ]; then setsid sh "$wb_txn/guard" watch </dev/null >/dev/null 2>&1 8>&- 9>&- & fi
  wb_turn ready open || exit
  : >"$wb_run/started"
  # For the answer to leave, before the way it takes may go
  sleep 0.3 2>/dev/null || sleep 1
  if [ "$wb_mode" = systemd ]; then wb_part=steps; else wb_part=now; fi
  wb_perform $wb_part "$wb_steps_limit" && wb_why=timeout
  wb_uptime
  wb_until=$((wb_now + wb_timeout))
  if [ "$wb_why" = timeout ]; then
    printf '%s\\n%s\\n' "$wb_holder" $wb_until >"$wb_lockdir/txn.lock"
    echo $wb_until >"$wb_run/until"
    : >"$wb_run/done"
  fi
  while wb_is open; do
    wb_uptime
    [ ! -f "$wb_run/abort" ] || wb_why=asked
    if [ "$wb_why" != timeout ] || [ "$wb_now" -ge $wb_until ]; then wb_turn open failing; else wb_nap; fi
  done
  if wb_is persisting; then
    if wb_perform later "$wb_steps_limit"; then
      wb_files settle
      wb_turn persisting confirmed
    else
      wb_turn persisting failing
    fi
  fi
  if wb_is failing; then wb_roll_back "$wb_why" restore; else wb_end; fi
}

wb_rescue() {
  if wb_is preparing || wb_is ready; then
    wb_end
    rm -rf "$wb_txn"
    return
  fi
  read -r wb_boot </proc/sys/kernel/random/boot_id
  wb_why=dead wb_steps=restore
  [ "$wb_boot" = "$(cat "$wb_txn/boot_id")" ] || wb_why=reboot wb_steps=$1
  # Without systemd nothing was stored before confirmation
  if [ "$wb_why" = reboot ] && [ "$wb_mode" != systemd ] && wb_is open; then wb_put_back() { :; }; fi
  wb_turn open failing
  wb_turn persisting failing
  if wb_is failing; then wb_roll_back $wb_why $wb_steps; else wb_end; fi
}

# The phase, whether it was still on its way when asked, and the seconds left; then how it went, if badly.
wb_wait() {
  wb_uptime
  wb_limit=$((wb_now + $1)) wb_begun=$((wb_now + 20)) wb_early=
  while :; do
    for wb_phase in confirmed rolledback failing persisting open ready preparing none; do ! wb_is $wb_phase || break; done
    case $wb_phase in
    confirmed | rolledback | none) break ;;
    open) [ ! -f "$wb_run/done" ] || break ;;
    preparing | ready) [ "$wb_now" -lt $wb_begun ] || break ;;
    esac
    wb_early=early
    wb_uptime
    [ "$wb_now" -lt $wb_limit ] || break
    wb_nap
  done
  wb_uptime
  read -r wb_until 2>/dev/null <"$wb_run/until" || wb_until=$wb_now
  echo "$wb_phase \${wb_early:-settled} $((wb_until - wb_now)) $wb_mode"
  if [ "$wb_phase" = rolledback ]; then cat "$wb_txn/outcome" "$wb_txn/restore.err"; fi
}

# The commit point. What the steps wrote is on disk before it.
wb_confirm() {
  wb_files settle
  if [ "$wb_mode" = systemd ]; then
    wb_turn open confirmed
  else
    wb_turn open persisting
  fi
  wb_wait $((wb_steps_limit + 10))
}

mkdir -p "$wb_lockdir"
case $1 in
supervise) wb_supervise "$2" ;;
perform)
  echo $$ >"$wb_run/$2.pid"
  mkdir "$wb_run/$2.running" || exit
  trap '' HUP PIPE
  umask "$wb_umask"
  sh "$wb_txn/$2"
  echo $? >"$wb_run/$2.status.new"
  mv "$wb_run/$2.status.new" "$wb_run/$2.status"
  ;;
watch | rescue | boot)
  exec 8>>"$wb_lockdir/txn.lock"
  flock 8
  trap '' HUP PIPE
  if [ "$1" = boot ]; then wb_rescue boot; else wb_rescue ''; fi
  ;;
save) wb_files save ;;
wait) wb_wait "$2" ;;
confirm) wb_confirm ;;
abort) : >"$wb_run/abort" ;;
esac
`;

# The journal of a server's setup, and who may change the setup.
# shellcheck shell=sh

# Takes the server's lock, which goes with this process, and says what was there before of this run.
# begin_run FOLDER: $root, $id and $journal are set.
begin_run() {
  [ "$(id -u)" = 0 ] || fail 'only root can change the setup of a server'
  id=${1##*/} root=${1%/runs/*}
  journal=$root/journal
  exec 9>>"$root/lock"
  # Who only looks whether it is held has it for a moment.
  flock -w 1 9 || { printf 'FAILED: another run is active: %s\n' "$(tail -n 1 "$journal" 2>/dev/null)" >&2 && exit 75; }
  touch "$journal"
  [ -z "$(tail -c 1 "$journal")" ] || echo >>"$journal" # a line that was cut off when the server was
}

# write_down EVENT...: down to the disk, before anything that relies on it.
write_down() {
  printf '%s %s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$id" "$*" >>"$journal" && printf '== %s\n' "$*" && sync "$journal"
}

# Whether something of this run is written down.
has() { cut -d ' ' -f 2- "$journal" | grep -qFx "$id $*"; }

# Runs a script of a step of a run, without our lock: what it starts may outlive it. script FOLDER STEP NAME
script() { STEP=$1/steps/$2 sh ${debug:+-x} "$1/steps/$2/$3" </dev/null 9>&-; }

# Undoes one step of a run and looks whether everything is as it was. undo_step FOLDER STEP
undo_step() {
  [ -d "$1/steps/$2/before" ] || return 0 # it was not begun
  script "$1" "$2" undo.sh && listing / <"$1/steps/$2/before/paths" | cmp -s - "$1/steps/$2/before/manifest" &&
    rm -rf "$1/steps/$2/before"
}

# The runs that changed something, newest first, down to the one that made a backup; all of them where none did.
runs_down_to() {
  cut -d ' ' -f 2,3 "$root/journal" 2>/dev/null | sed -n 's/ backed-up$//p' | tac | awk '!seen[$0]++' | while read -r each; do
    [ -f "$root/runs/$each/backup" ] || continue
    echo "$each"
    [ "$(cat "$root/runs/$each/backup")" != "$1" ] || break
  done
}

# Which run made a backup; fails where none of this server did.
made_by() {
  maker=$(runs_down_to "$1" | tail -n 1)
  [ -n "$maker" ] && [ "$(cat "$root/runs/$maker/backup")" = "$1" ] && echo "$maker"
}

# Not by grep, for which one line of several is enough.
is_backup_name() {
  day='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' time='[0-9][0-9][0-9][0-9][0-9][0-9]'
  # shellcheck disable=SC2254 # patterns
  case $1 in backup-$day-$time) ;; *) return 1 ;; esac
}

digest() { if [ -e "$1" ]; then sha256sum "$1" | cut -d ' ' -f 1; else echo absent; fi; }

#!/bin/sh
# Takes a server from one setup version to another, step by step: what stands there is kept, every step is applied and
# verified, version.json comes last. What fails is undone in reverse, the failed step first. Killed at any point, it goes on
# there when it is started again. 0: the new version. 10: the old one, everything was undone. 11: what could not be undone is
# named. 20: paused after a step, because there is a file "pause" beside this one. 75: somebody else is at it.
set -eu
umask 022
run=$(cd "${0%/*}" && pwd)
cd / # cp --parents looks for the folders of absolute paths from here
debug=${1:-}
STEP=$run # for lib.sh, which no step uses here
# shellcheck source=src/upgrade/migrations/lib.sh
. "$run/lib.sh"
# shellcheck source=src/upgrade/migrations/journal.sh
. "$run/journal.sh"
# shellcheck source=src/servers/scripts/versions.sh
. "$run/versions.sh"
begin_run "$run"

steps=$(cat "$run/order")
backup=$(cat "$run/backup")
manifest=/etc/tako/version.json

# Everything that the steps may touch is kept, and its way back is tried below another root.
back_up() {
  [ "$backup" != none ] || return 0
  is_backup_name "$backup" || { echo "not the name of a backup: $backup" && return 1; }
  folder=/var/backups/tako/$backup
  for each in "$root"/runs/*/backup; do
    [ "$each" = "$run/backup" ] || [ "$(cat "$each")" != "$backup" ] || { echo "another run made $backup" && return 1; }
  done
  [ -d "$folder" ] || {
    mkdir -p "${folder%/*}"
    chmod 700 "${folder%/*}"
    keep "$folder" <"$run/paths"
  } || return 1
  rm -rf "$root/rehearsal"
  mkdir -m 700 "$root/rehearsal"
  (put_back "$folder" "$root/rehearsal") && rm -rf "$root/rehearsal"
}

# The text of version.json, with the versions of components as they are now. Its marks begin with the most @ that follow each
# other anywhere in it, so that no value of somebody else's is taken for one.
version_text() {
  at=$(grep -o '@@*' "$run/version.json" | sort | tail -n 1)
  set -- "s/${at}now$at/$(date -u +%Y-%m-%dT%H:%M:%SZ)/"
  components=$(sed -n "s/.*${at}version:\([a-z0-9-]*\)|.*/\1/p" "$run/version.json")
  for each in $components; do
    real=$(component_version "$each")
    [ -z "$real" ] || set -- "$1;s/${at}version:$each|[^@]*$at/$real/"
  done
  sed "$1;s/${at}version:[a-z0-9-]*|\([^@]*\)$at/\1/" "$run/version.json"
}

write_version() {
  mkdir -p /etc/tako
  version_text >/etc/tako/.version.json.new && chmod 644 /etc/tako/.version.json.new && sync /etc/tako/.version.json.new &&
    mv -T /etc/tako/.version.json.new "$manifest" && sync /etc/tako
}

is_untouched() {
  [ "$(digest "$manifest")" = "$(cat "$run/expected")" ] || { echo "$manifest was changed by somebody else" && return 1; }
}

forward() {
  if ! has backed-up; then
    [ -d /run/systemd/system ] || { echo 'systemd does not run on this server' >&2 && return 1; }
    is_untouched && back_up && write_down backed-up || return 1
  fi
  for step in $steps; do
    ! has "verified $step" || continue
    if ! has "applied $step"; then
      has "begin $step" || write_down "begin $step" || return 1
      [ -d "$run/steps/$step/before" ] || keep "$run/steps/$step/before" <"$run/steps/$step/paths" || return 1
      script "$run" "$step" apply.sh || return 1
      write_down "applied $step" || return 1
    fi
    script "$run" "$step" verify.sh || return 1
    write_down "verified $step" || return 1
    [ ! -e "$run/pause" ] || { rm "$run/pause" && write_down "paused after $step" && exit 20; }
  done
  is_untouched && write_down writing && write_version || return 1
}

backward() {
  rm -f /etc/tako/.version.json.new
  for step in $(printf '%s\n' "$steps" | tac); do
    if has "begin $step" && ! has "undone $step"; then
      undo_step "$run" "$step" || { write_down "stuck $step" && return 1; }
      write_down "undone $step"
    fi
  done
}

! grep -q " taken-back $id\$" "$journal" || { echo 'This run was taken back by a restore.' && exit 10; }
! has finished || { echo 'This run is finished.' && exit 0; }
! has undone || { echo 'This run was undone.' && exit 10; }
has started || write_down started
if ! has undoing; then
  # Between the mark and the version file a run can be killed like anywhere else.
  if has writing && [ "$(digest "$manifest")" != "$(cat "$run/expected")" ]; then
    write_down finished && exit 0
  fi
  if forward; then
    write_down finished
    exit 0
  fi
  write_down undoing || fail 'stopped: the journal cannot be written. Start this run again once it can'
fi
if backward; then
  write_down undone
  echo 'FAILED: everything was undone, the server is as it was' >&2
  exit 10
fi
echo "FAILED: not everything could be undone: step $step. What it changed stays as it is now" >&2
exit 11

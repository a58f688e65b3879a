#!/bin/sh
# Takes a server back to a backup: the steps of all runs since then are undone, newest first, then every file is put back and
# compared. What stood there before is kept beside the backups. restore.sh BACKUP. 0: done. 11: a step could not be undone. 75:
# somebody else is at it. Started again, it goes on where it was.
set -eu
umask 022
run=$(cd "${0%/*}" && pwd)
cd / # cp --parents looks for the folders of absolute paths from here
backup=$1
debug=${2:-}
STEP=$run # for lib.sh, which no step uses here
# shellcheck source=src/upgrade/migrations/lib.sh
. "$run/lib.sh"
# shellcheck source=src/upgrade/migrations/journal.sh
. "$run/journal.sh"
begin_run "$run"
is_backup_name "$backup" || fail "not the name of a backup: $backup"
folder=/var/backups/tako/$backup
is_whole "$folder" || fail "the backup $folder is not whole"

! has finished || { echo 'This run is finished.' && exit 0; }
has started || write_down started

# What stands now is kept as well, for whoever wants something of it back.
[ -s "$run/keeps" ] || date -u +before-restore-%Y%m%d-%H%M%S >"$run/keeps"
keeps=/var/backups/tako/$(cat "$run/keeps")
if [ ! -d "$keeps" ]; then
  cat "$folder/paths" "$root"/runs/*/steps/*/before/paths 2>/dev/null | keep "$keeps" || fail 'what stands now could not be kept'
fi

if made_by "$backup" >/dev/null; then
  for each in $(runs_down_to "$backup"); do
    for step in $(tac "$root/runs/$each/order"); do
      undo_step "$root/runs/$each" "$step" || {
        write_down "stuck $each $step"
        echo "FAILED: the step $step of the run $each could not be undone. What it changed stays as it is now" >&2
        exit 11
      }
    done
    write_down "taken-back $each"
  done
else
  echo 'No run on this server made this backup: only its files are put back.'
fi
put_back "$folder"
[ ! -d /run/systemd/system ] || systemctl daemon-reload
write_down "restored $backup"
write_down finished

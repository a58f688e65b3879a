#!/bin/sh
# Takes a server back to a backup: the steps of all runs since then are undone, newest first, then every file is put back and
# compared. restore.sh BACKUP
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

# The runs that changed something, newest first, down to the one that made this backup.
since=$(cut -d ' ' -f 2,3 "$journal" | sed -n 's/ backed-up$//p' | tac | awk '!seen[$0]++' | while read -r each; do
  [ -f "$root/runs/$each/backup" ] || continue
  echo "$each"
  [ "$(cat "$root/runs/$each/backup")" != "$backup" ] || break
done)
made_by=$(printf '%s\n' "$since" | tail -n 1)
if [ -n "$made_by" ] && [ "$(cat "$root/runs/$made_by/backup")" = "$backup" ]; then
  for each in $since; do
    for step in $(tac "$root/runs/$each/order"); do
      undo_step "$root/runs/$each" "$step" || {
        write_down "stuck $each $step"
        fail "the step $step of the run $each could not be undone"
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

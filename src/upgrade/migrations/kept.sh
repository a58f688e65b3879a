# What backups of this server's setup hold, what stands there now, and what a restore would undo; journal.sh stands before it.
# It only looks, and lists files by itself, so that it finds out what the scripts that write did wrong. Every line is a name, a
# tab and a value.
# shellcheck shell=sh
export LC_ALL=C
root=/var/lib/shipshape/setup
backups=/var/backups/tako
tell() { printf '%s\t%s\n' "$1" "$2"; }

# A text of any bytes: tell_text NAME <TEXT
tell_text() { printf '%s\t%s\n' "$1" "$(base64 -w 0)"; }

# What stands below a root at paths: stands ROOT <PATHS
stands() (
  cd "${1:-/}" || exit 1
  while IFS= read -r each; do
    if [ -e ".$each" ] || [ -L ".$each" ]; then
      find ".$each" -printf '%y %m %U %G %p -> %l\n'
      find ".$each" -type f -exec sha256sum {} +
    fi
  done
)

# What was kept in a folder, as it was written down and as it is: tell_kept FOLDER
tell_kept() {
  tell_text paths <"$1/paths"
  cut -d ' ' -f 2- "$1/absent" | tell_text absent
  tell_text manifest <"$1/manifest"
  stands "$1/files" <"$1/paths" | tell_text files
  [ ! -f "$1/files/etc/tako/version.json" ] || head -c 100000 "$1/files/etc/tako/version.json" | tell_text version
  [ ! -e "$1/files/etc/tako/setup.complete" ] || tell legacy yes
}

# One backup: tell_backup FOLDER
tell_backup() {
  tell backup "${1##*/}"
  tell bytes "$(du -sb "$1" | cut -f 1)"
  for each in "$root"/runs/*/backup "$root"/runs/*/keeps; do
    [ ! -f "$each" ] || [ "$(cat "$each")" != "${1##*/}" ] || tell run "$(basename "${each%/*}")"
  done
  if [ -f "$1/manifest" ]; then tell_kept "$1"; else tell form flat; fi
}

# All of them.
tell_backups() {
  for folder in "$backups"/backup-* "$backups"/before-restore-*; do
    case $folder in *.new) continue ;; esac
    [ -L "$folder" ] || [ ! -d "$folder" ] || tell_backup "$folder"
  done
}

# Whether somebody changes the setup at this moment, and what newest run there is.
tell_active() {
  [ ! -f "$root/journal" ] || tell newest "$(tail -n 1 "$root/journal")"
  [ ! -e "$root/lock" ] || flock -n "$root/lock" true || tell active yes
}

# What a restore has before it: tell_restore BACKUP
tell_restore() {
  tell_active
  tell free "$(df -P -B 1 "$backups" | awk 'NR == 2 { print $4 }')"
  all=$(cat "$backups/$1/paths")
  for run in $(runs_down_to "$1"); do
    tell undoes "$run"
    for step in $(tac "$root/runs/$run/order"); do
      export STEP="$root/runs/$run/steps/$step"
      [ -d "$STEP/before" ] || continue
      tell step "$step"
      tell_kept "$STEP/before"
      all=$(printf '%s\n' "$all" && cat "$STEP/before/paths")
      [ ! -f "$STEP/packages.added" ] || tell_text packages <"$STEP/packages.added"
      if [ -f "$STEP/may-undo.sh" ] && ! why=$(sh "$STEP/may-undo.sh" 2>&1 </dev/null); then
        tell hinders "$(printf '%s\n' "$why" | tail -n 1)"
      fi
    done
  done
  made_by "$1" || tell unmade yes
  tell_backup "$backups/$1"
  printf '%s\n' "$all" | sort -u | stands / | tell_text stands
}

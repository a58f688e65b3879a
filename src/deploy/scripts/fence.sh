# The lock of an environment on its server. It stands before every script that needs it: $1 is the folder of the environment,
# $2 a token. Whoever's token is the first line of the file "holder" has the lock, and its time tells when that one was last at
# work. The file "lock" is locked for as long as a script changes something, and by all that the script starts: by descriptor 9.
# shellcheck shell=sh
# shellcheck disable=SC2034 # what stands behind uses it
folder=$1 token=$2 waited=0
shift 2

# Whether one of these has the lock; '' is nobody.
has_lock() {
  holder=
  { read -r holder <"$folder/holder"; } 2>/dev/null
  case $holder in *[!0-9a-f]*) holder= ;; esac # no token: a disk that failed
  for each; do
    [ "$each" != "$holder" ] || return 0
  done
  return 1
}

# Ends what has the file "lock" open, but for this script.
end_others() {
  # shellcheck disable=SC2012 # one look at all links; nobody else names any of this
  for each in $(exec 9>&- && ls -l /proc/[0-9]*/fd 2>/dev/null |
    awk -v lock="$(readlink -f "$folder")/lock" '/^\/proc\// { split($1, part, "/") } $NF == lock { print part[3] }'); do
    [ "$each" = $$ ] || kill -s "$1" "$each" 2>/dev/null
  done
}

# Begins to change something, while one of these has the lock; false where another has it. A holder runs one script at a time
# here: another that does not end lost its connection, or is of one whose lock is taken over. It gets 10 seconds, less by the
# fifths of a second in "waited".
begin() {
  exec 9>>"$folder/lock" || return
  while has_lock "$@"; do
    if flock -n 9; then
      has_lock "$@" # somebody may have been faster
      return
    fi
    waited=$((waited + 1))
    case $waited in
      50) end_others TERM ;;
      75) end_others KILL ;;
      100) echo 'A script that cannot be ended is still at work here.' >&2 && exit 122 ;;
    esac
    sleep 0.2
  done
  return 1
}

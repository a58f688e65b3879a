# Takes the lock of an environment, or tells who has it and ends with 120; fence.sh stands before it. $1: the seconds after
# which a holder without a sign of life may be taken over. $2: who it is, as JSON. Further tokens are those that it is taken
# from; what they are at is ended. 123: the setup of the server is being changed.
# shellcheck shell=sh disable=SC2034,SC2154 # folder, token and waited are of fence.sh
lease=$1 who=$2
shift 2
umask 077
mkdir -p "$folder" || exit
[ $# = 0 ] || waited=45
setup=$folder/../../../setup/lock
if [ -e "$setup" ] && ! flock -n -s "$setup" true; then exit 123; fi
if ! begin '' "$token" "$@"; then
  busy=no
  flock -n 9 || busy=yes
  printf '%s %s %s ' "$(date +%s)" "$(stat -c %Y "$folder/holder")" $busy
  head -c 4000 "$folder/holder" | base64 | tr -d '\n'
  exit 120
fi
# By cat, which says when the disk is full.
if printf '%s\n%s %s\n%s\n' "$token" "$(date +%s)" "$lease" "$who" | cat >"$folder/holder.new"; then
  mv "$folder/holder.new" "$folder/holder"
else
  rm "$folder/holder.new"
  exit 1
fi

# Logs in to a registry for this script alone; it stands before those that need it. $1: the registry, where there is one to log
# in to, $2: as whom. The password is the standard input.
# shellcheck shell=sh
if [ -n "$1" ]; then
  # Kept in memory: also a script that is killed leaves no password on a disk.
  DOCKER_CONFIG=$(mktemp -d /run/shipshape-XXXXXXXX) || exit 1
  export DOCKER_CONFIG
  trap 'rm -rf "$DOCKER_CONFIG"' EXIT
  trap 'exit 1' HUP INT TERM
  docker login --username "$2" --password-stdin "$1" >/dev/null || exit 5
fi
shift 2

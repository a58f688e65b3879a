#!/bin/sh
# Stands before a program that acts, in a dry run. What only looks goes to the real program; what would act is told, and
# remembered as far as later lines of a step ask for it.
set -u
name=${0##*/}
memory=$DRY_RUN/memory
export PATH="${PATH#"$DRY_RUN/bin:"}"

act() { printf '%s\n' "$name $*" | tr '\n' ' ' | sed 's/ $//' >>"$DRY_RUN/commands" && echo >>"$DRY_RUN/commands"; }
note() { printf '! %s\n' "$*" >>"$DRY_RUN/commands"; }
# A program that is not there yet knows nothing.
look() {
  if command -v "$name" >/dev/null; then exec "$name" "$@"; fi
  exit 0
}
remember() { printf '%s\n' "$2" >>"$memory/$1"; }
knows() { grep -qFx -e "$2" "$memory/$1" 2>/dev/null; }
forget() { [ ! -e "$memory/$1" ] || sed -i "\\|^$2\$|d" "$memory/$1"; }

# The words of a command that are no options; those after -o, -p and the like belong to them.
words() {
  while [ $# -gt 0 ]; do
    case $1 in
      -o | -p | -t | -n | --property | --type) [ $# -lt 2 ] || shift ;;
      -*) ;;
      *) printf '%s\n' "$1" ;;
    esac
    shift
  done
}
last() { for each in "$@"; do :; done && printf '%s' "$each"; }

systemctl_() {
  verb=$(words "$@" | head -n 1)
  units=$(words "$@" | tail -n +2 | sed '/\./!s/$/.service/')
  first=$(printf '%s\n' "$units" | head -n 1)
  case $verb in
    is-active)
      ! knows stopped "$first" || exit 3
      ! knows started "$first" || exit 0
      look "$@"
      ;;
    is-enabled)
      ! knows disabled "$first" || exit 1
      ! knows enabled "$first" || exit 0
      look "$@"
      ;;
    show)
      case $* in
        *ActiveEnterTimestampMonotonic*) ! knows started "$first" || { cat "$memory/when-$first" && exit 0; } ;;
      esac
      look "$@"
      ;;
    '' | cat | status | show-environment | list-* | get-default | is-failed | is-system-running) look "$@" ;;
    start | restart | try-restart | reload | reload-or-restart) act "$@" && ran started stopped ;;
    stop | kill) act "$@" && ran stopped started ;;
    enable | reenable | disable | preset)
      act "$@"
      # Its links are files like others. Units of packages that are not there yet get theirs from these.
      # shellcheck disable=SC2086 # names of units
      case " $* " in *' --runtime '*) ;; *) systemctl --root=/ --quiet "$verb" $units 2>/dev/null ;; esac
      case $verb in disable) ran disabled enabled ;; *) ran enabled disabled ;; esac
      case " $* $verb" in
        *' --now '*disable) ran stopped started ;;
        *' --now '*) ran started stopped ;;
      esac
      ;;
    *) act "$@" ;;
  esac
}

# Units are in one state now and not in another: ran STATE OTHER
ran() {
  for each in $units; do
    forget "$2" "$each"
    remember "$1" "$each"
    [ "$1" != started ] || awk '{ printf "%d\n", $1 * 1e6 }' /proc/uptime >"$memory/when-$each"
  done
}

docker_() {
  case "$1 ${2:-}" in
    'network create') act "$@" && remember networks "$(last "$@")" ;;
    'network rm')
      act "$@"
      forget networks "$3"
      remember networks-gone "$3"
      ;;
    'network ls')
      touch "$memory/networks-gone" "$memory/networks"
      { ! command -v docker >/dev/null || docker "$@"; } | grep -vFx -f "$memory/networks-gone"
      cat "$memory/networks"
      ;;
    'network inspect')
      ! knows networks "$(last "$@")" || { last "$@" && exit 0; }
      look "$@"
      ;;
    'ps '* | 'info '* | 'version '* | '--version '* | 'inspect '* | 'images '* | 'logs '* | 'top '* | 'port '* | 'stats '*) look "$@" ;;
    'restart '* | 'start '* | 'stop '* | 'kill '*) act "$@" "$(docker inspect -f '({{.Name}})' "$(last "$@")" 2>/dev/null | tr -d /)" ;;
    *' ls' | *' inspect' | *' ps' | *' list' | *' df' | *' info') look "$@" ;;
    *) act "$@" ;;
  esac
}

apt_() {
  packages=$(words "$@" | tail -n +2)
  case $(words "$@" | head -n 1) in
    install)
      # shellcheck disable=SC2086 # names of packages
      if [ -z "$packages" ]; then
        act "$@"
      elif all=$("$name" -s "$@" 2>/dev/null </dev/null); then
        also=$(printf '%s\n' "$all" | sed -n 's/^Inst \([^ ]*\).*(\([^ ]*\).*/\1 \2/p')
        printf 'apt-get install %s\n' "$(printf '%s' "$packages" | paste -sd ' ')" >>"$DRY_RUN/commands"
        [ -z "$also" ] || note "installed: $(printf '%s' "$also" | paste -sd ',' | sed 's/,/, /g')"
        printf '%s\n' "$also" | cut -d ' ' -f 1 >>"$memory/installed"
      else
        printf 'apt-get update\napt-get install %s\n' "$(printf '%s' "$packages" | paste -sd ' ')" >>"$DRY_RUN/commands"
        note "the lists of packages on the server do not have $(printf '%s' "$packages" | paste -sd ' ') now, so what comes along is not known"
      fi
      printf '%s\n' "$packages" >>"$memory/installed"
      [ ! -e "$memory/missing" ] || while read -r each package; do
        if knows installed "$package"; then ln -sf "$DRY_RUN/dry/stand-in.sh" "$DRY_RUN/bin/$each"; fi
      done <"$memory/missing"
      ;;
    policy | list | show | search | changelog) look "$@" ;;
    *) act "$@" ;;
  esac
}

case $name in
  systemctl) systemctl_ "$@" ;;
  docker) docker_ "$@" ;;
  apt-get | apt) apt_ "$@" ;;
  dpkg-query)
    ! knows installed "$(last "$@")" || { printf installed && exit 0; }
    look "$@"
    ;;
  dpkg) case $1 in -l | -s | -L | -S | -V | --audit | --list | --status | --print-* | --compare-versions | --get-selections) look "$@" ;; *) act "$@" ;; esac ;;
  nft) case " $* " in *' -c '* | *' --check '* | *' list '*) look "$@" ;; *) act "$@" ;; esac ;;
  iptables | ip6tables) case " $* " in *' -C '* | *' -L '* | *' -S '* | *' --check '* | *' --list '*) look "$@" ;; *) act "$@" ;; esac ;;
  nginx) case " $* " in *' -t '* | *' -v '* | *' -V '*) look "$@" ;; *) act "$@" ;; esac ;;
  ip) case " $* " in *' add '* | *' del '* | *' set '* | *' flush '* | *' replace '*) act "$@" ;; *) look "$@" ;; esac ;;
  mount | crontab) case $# in 0) look ;; *) act "$@" ;; esac ;;
  *) act "$@" ;;
esac

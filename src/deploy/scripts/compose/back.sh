# Makes every service that this release touched what it was before, the last first; base.sh, health.sh and compose.sh stand before
# it. It does it as often as it is asked.
# shellcheck shell=sh disable=SC2154
still_lives() { live "$1" && [ "$(printf '%s\n' "$list" | awk -v release="$2" '$5 == release' | grep -c .)" = "$3" ]; }

put_back() {
  # shellcheck disable=SC2046 # the release before, and how many it ran
  set -- "$1" $(awk -v service="$1" '$1 == "before" && $2 == service { print $3, $4; exit }' "$journal")
  # What ran not before, and what was made by nobody we know, is only ended. So is what stands beside what never stopped.
  [ "${2:--}" = - ] || still_lives "$@" || { use_compose && up "$1" "$2" "$3" && healthy "$1" "$2"; } || return
  remove_new "$1"
}

bad=
touched=$(awk '$1 == "service" && !seen[$2]++ { line[++n] = $2 } END { while (n) print line[n--] }' "$journal" 2>/dev/null)
for service in $touched; do
  tell service "$service"
  put_back "$service" || bad=yes
done
[ -z "$bad" ] && rm -rf "$ours"

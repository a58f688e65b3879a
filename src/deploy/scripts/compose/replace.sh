# Makes a service what this release keeps of it; base.sh, health.sh and compose.sh stand before it. $1 service.
# shellcheck shell=sh disable=SC2154
use_compose && note_before "$1" && old "$1" && use_settings "$release" "$1" || exit 1
case $order$list in
  beside?*)
    # Compose makes more of it, and leaves those alone that are there.
    up "$1" "$release" $((replicas + $(printf '%s\n' "$list" | grep -c .))) --no-recreate && healthy "$1" "$release" &&
      old "$1" && for_each remove_container
    ;;
  *) up "$1" "$release" "$replicas" && healthy "$1" "$release" ;;
esac

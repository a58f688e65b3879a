# Ends a service that is configured no more; base.sh, health.sh and compose.sh stand before it. $1 service.
# shellcheck shell=sh disable=SC2154
note_before "$1" && live "$1" && for_each remove_container

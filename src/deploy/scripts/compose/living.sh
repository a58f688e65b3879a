# Stands between base.sh and settle.sh: what a living container was made by is needed as long as it lives.
# shellcheck shell=sh
# shellcheck disable=SC2046 # ids have no blanks
set -- "$@" $(containers | living | awk '$5 != "-" { print $5 }' | sort -u)

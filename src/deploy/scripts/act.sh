# What follows is done while the lock is ours, or not at all; fence.sh stands before it.
# shellcheck shell=sh disable=SC2154 # folder and token are of fence.sh
[ -d "$folder" ] && begin "$token" || exit 121
touch -c "$folder/holder"

# Tells which files were run on a database, and when; base.sh and psql.sh stand before it.
# shellcheck shell=sh disable=SC2154
list_applied || exit 1
printf '%s\n' "$applied" | while read -r second file; do
  [ -z "$file" ] || tell applied "$second" "$file"
done

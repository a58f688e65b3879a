# Tells which files were run on databases, and when; base.sh and psql.sh stand before it. The arguments are databases, one after the
# other. Each begins with a line "database"; one that cannot be asked does not keep the next from being asked.
# shellcheck shell=sh disable=SC2154
while [ $# -gt 0 ]; do
  tell database
  (
    use_database "$@"
    list_applied || exit
    printf '%s\n' "$applied" | while read -r second file; do
      [ -z "$file" ] || tell applied "$second" "$file"
    done
  )
  while [ "$1" != -- ]; do shift; done
  shift
done

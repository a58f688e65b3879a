# Runs a file on a database in one transaction and notes that there, as Stagecraft does; base.sh and psql.sh stand before it. $1 what
# it is called, $2 how many bytes it has; a database follows. Standard input is the file. One that was run before is not run again.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # what stands before has and uses it
file=$1 bytes=$2 sql=$folder/.migration
shift 2
use_database "$@"
# Of what was cut off psql would run all that has arrived, and keep it.
cat >"$sql" || { rm -f "$sql"; tell fault disk-full "$file"; exit 1; }
[ "$(wc -c <"$sql")" -eq "$bytes" ] || { rm -f "$sql"; tell fault cut-off; exit 1; }
# So it would on its way into a container, too: with -1, which takes any end for a good one. What the transaction is kept by is the
# last that arrives, and is taken for nothing where a quote, a comment or data is open.
whole='shipshape: whole'
printf '\n;\nCOMMIT;\n\\echo %s\n' "$whole" >>"$sql" || { rm -f "$sql"; tell fault disk-full "$file"; exit 1; }

migrate() {
  list_applied || return
  ! printf '%s\n' "$applied" | sed 's/^[0-9]* //' | grep -qxF -e "$file" || return 0
  # Noted first: the file may leave another search path behind.
  set -- -c "INSERT INTO stagecraft_migrations (id, applied_at) VALUES ('$(printf %s "$file" | sed "s/'/''/g")', NOW())"
  [ "$has_table" = t ] ||
    set -- -c 'CREATE TABLE stagecraft_migrations (id VARCHAR(255) PRIMARY KEY, applied_at TIMESTAMP NOT NULL DEFAULT NOW())' "$@"
  said=$(run_psql -o /dev/null -c BEGIN "$@" -f - 2>&1 <"$sql")
  failure=$?
  if printf '%s\n' "$said" | grep -qxF -e "$whole"; then tell migrated "$file" && return; fi
  [ $failure != 0 ] || said='It did not come to its end: a quote, a comment or data is open, or it was cut off.'
  psql_failed migration "$file"
}
migrate
code=$?
rm -f "$sql"
exit $code

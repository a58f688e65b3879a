# psql for a database; base.sh stands before it.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # what stands before and behind has and uses it

# $1: the service in whose container psql is run; '' is this server. $2: the seconds that a database gets that is only about to start.
# What follows until -- are variables that it connects by.
use_database() {
  service=$1 patience=$2 options=
  shift 2
  while [ "$1" != -- ]; do
    export "${1?}"
    options="$options -e ${1%%=*}"
    shift
  done
}

# Whoever listens no more does not end it: what is one transaction is done as a whole, or not at all.
run_psql() {
  set -- psql -X -q -A -t -w -v ON_ERROR_STOP=1 "$@"
  # shellcheck disable=SC2086 # names of variables
  if [ -z "$service" ]; then timeout -s KILL 3600 "$@"
  else timeout -s KILL 3600 docker exec -i $options "$container" "$@"; fi
}

# What it failed of, by $said. $1: the fault, where psql itself is there.
psql_failed() {
  case $said in
    *'executable file not found'* | *'failed to run command'* | *"can't execute"*) tell fault psql-missing "$service" ;;
    *) fault=$1 && shift && tell fault "$fault" "$@" "$(printf '%s\n' "$said" | tail -n 12)" ;;
  esac
  return 1
}

# The files that were run before are in $applied, each with the second of then; where none ever was, $has_table is 'f'.
list_applied() {
  if [ -n "$service" ]; then
    live "$service" || return
    container=$(printf '%s\n' "$list" | awk '$2 == "running" { print $1; exit }')
    [ -n "$container" ] || { tell fault not-running "$service"; return 1; }
  fi
  until said=$(run_psql -c "SELECT 'table ' || (to_regclass('stagecraft_migrations') IS NOT NULL)" 2>&1 </dev/null); do
    case $said in *'starting up'* | *'onnection refused'* | *'No such file or directory'*) patience=$((patience - 1)) ;; *) patience=0 ;; esac
    [ "$patience" -gt 0 ] || { psql_failed database; return; }
    sleep 1
  done
  applied='' has_table=f
  case $said in *'table true'*) has_table=t ;; *) return 0 ;; esac
  said=$(run_psql -c "SELECT 'applied ' || extract(epoch FROM applied_at::timestamptz)::bigint || ' ' || id FROM stagecraft_migrations" 2>&1 </dev/null) ||
    { psql_failed database; return; }
  applied=$(printf '%s\n' "$said" | sed -n 's/^applied //p')
}

# Waits until containers are healthy; base.sh stands before it. Healthy: Docker's own check says so where there is one, and it
# answers from outside where that is configured; where there is neither, it runs for three seconds.
# shellcheck shell=sh disable=SC2154

# $1 address, $2 port, both of the container: images often have nothing to ask with, so the server asks. Prints how it answered; where only
# the connection counts, "open" when there is one: what runs out of time says nothing at all.
answer_at() {
  url="http://$1:$2$probe_path"
  if has_program bash; then
    # shellcheck disable=SC2016 # the other shell's
    timeout "$probe_timeout" bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit; [ "$2" = http ] || { echo open; exit; }
      printf "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: shipshape\r\nConnection: close\r\n\r\n" "$3" >&3; head -n 1 <&3' \
      "$1" "$2" "$probe" "$probe_path"
  elif has_program nc && [ "$probe" = http ]; then
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: shipshape\r\nConnection: close\r\n\r\n' "$probe_path" |
      timeout "$probe_timeout" nc "$1" "$2" | head -n 1
  elif has_program nc; then
    if ! timeout "$probe_timeout" nc -z "$1" "$2" 2>/dev/null; then
      # Not every nc has -z. One that does not give up by itself was connected, to what says nothing and does not hang up.
      timeout $((probe_timeout + 1)) nc -w "$probe_timeout" "$1" "$2" </dev/null >/dev/null
      case $? in 0 | 124 | 143) ;; *) return 1 ;; esac
    fi
    echo open
  elif has_program curl && [ "$probe" = http ]; then
    curl -s -o /dev/null -m "$probe_timeout" -H 'Host: localhost' -w 'HTTP/1.1 %{http_code}\n' "$url"
  elif has_program wget && [ "$probe" = http ]; then
    timeout "$probe_timeout" wget -q -O /dev/null "$url" && echo HTTP/1.1 200
  else
    echo 'There is neither bash nor nc on the server to ask with.' && return 1
  fi
}

# Whether it answers from outside. $1: its addresses.
answers() {
  # shellcheck disable=SC2086 # the first of them
  set -- $1
  [ -n "$1" ] || return 1
  why=$(answer_at "$1" "$probe_port" 2>&1 | tr -d '\r')
  # Behind the answer may stand that nobody took the rest of it; else the last line tells why there is none.
  case $why in
    HTTP/*) why=$(printf '%s' "$why" | head -n 1) ;;
    *) why=$(printf '%s' "$why" | tail -n 1) ;;
  esac
  case $probe:$why in
    tcp:open | http:HTTP/1.?' '[23][0-9][0-9]*) return 0 ;;
  esac
  why=${why:-no answer}
  return 1
}

# Whether a container is healthy; what it lacks is in $why, and $never is set where waiting is of no use.
is_healthy() {
  why='' never=''
  try inspect -f '{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.State.StartedAt}} {{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$1" ||
    { why=$said && return 1; }
  read -r status restarts code check started addresses <<end
$said
end
  [ "$restarts" -lt 5 ] || never=yes
  case $status in
    running) ;;
    exited | dead) why="ended with $code" never=yes && return 1 ;;
    *) why="$status, ended with $code" && return 1 ;;
  esac
  case $check in
    healthy) ;;
    none) ;;
    *)
      [ "$check" != unhealthy ] || never=yes
      try inspect -f '{{range .State.Health.Log}}{{json .Output}}{{println}}{{end}}' "$1"
      why="$check: $(printf '%s' "$said" | tail -n 1)" && return 1
      ;;
  esac
  [ "$probe" = none ] || { answers "$addresses" && return; return 1; }
  [ "$check" = none ] || return 0
  now=$(date +%s)
  [ "$started" = "$seen" ] || seen=$started since=$now
  why='restarting'
  [ $((now - since)) -ge 3 ]
}

# Waits for all of them, for as long as they may take. Without $quiet, what one that does not get there printed is told.
wait_healthy() {
  end=$(($(date +%s) + patience))
  for container; do
    seen=
    until is_healthy "$container"; do
      if [ -n "$never" ] || [ "$(date +%s)" -ge "$end" ]; then
        reason=$why
        try logs --tail 20 "$container"
        printf '%s\n' "$said" | while IFS= read -r line; do tell log "$container" "$line"; done
        tell fault not-healthy "$container" "$reason"
        return 1
      fi
      sleep 0.3
    done
    tell healthy "$container"
  done
}

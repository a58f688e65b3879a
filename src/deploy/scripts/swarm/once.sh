# Waits until what runs once has ended, and hands on what it prints; base.sh stands before it.
# shellcheck shell=sh disable=SC2154

# Hands on the lines that were not there yet.
tell_lines() {
  limit=20
  try service logs --raw "$id" || return 0
  printf '%s\n' "$said" | tail -n +$((lines + 1)) | while IFS= read -r line; do tell log "$service" "$line"; done
  lines=$(printf '%s\n' "$said" | grep -c '')
}

wait_ended() {
  lines=0 end=$(($(date +%s) + 3600))
  while [ "$(date +%s)" -lt "$end" ]; do
    tasks_of "$id" || { failed "$service"; return; }
    task=$(printf '%s\n' "$said" | awk 'NR == 1 { print $1 }') state=$(printf '%s\n' "$said" | awk 'NR == 1 { print $5 }')
    case $state in
      running | complete | failed) tell_lines ;;
    esac
    case $state in
      complete) return 0 ;;
      failed)
        try inspect --type task -f '{{with .Status.ContainerStatus}}{{.ExitCode}}{{end}}' "$task"
        tell fault ended "$service" "$said"
        return 1
        ;;
      rejected) not_there "$task" "$state" || return ;;
    esac
    sleep 0.5
  done
  tell fault took-too-long "$service"
  return 1
}

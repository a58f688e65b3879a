# Puts back all services that this release changed, the last first; base.sh of containers and of swarms, and keep-off.sh, stand
# before it. $1 stack.
# A line "service" says what follows is of. It does it as often as it is asked, whatever was done before.
# shellcheck shell=sh disable=SC2154
stack=$1 bad=''

# What is to run on all servers is not put back where one of them starts nothing.
wait_back() {
  wait_there "$id" back || return
  [ -n "$off" ] || return 0
  try service inspect -f '{{with .Spec.Mode.Replicated}}replicated{{end}}' "$id" || { failed "$service"; return; }
  [ "$said" = replicated ] && return
  for node in $off; do tell fault not-healthy "$service" "nothing starts on $(hostname_of "$node")"; done
  return 1
}

# $1 service, $2 digest of what it was, $3 the release that made that.
put_back() {
  service=$1 patience=120 parallel=0 calm=3 off='' waited_for=''
  find_service "$service" || return
  if [ "$2" = - ]; then
    [ -n "$id" ] || return 0
    try service rm "$id" || { failed "$service"; return; }
    tell removed "$service" && tell tasks "$service" ''
    return
  fi
  use_stack "$3" "$service" || true
  if [ -n "$id" ] && [ "$(digest_of "$id" Spec)" = "$2" ]; then
    wait_back
  elif [ -n "$id" ] && [ "$(digest_of "$id" PreviousSpec)" = "$2" ]; then
    try service rollback --quiet --detach "$id" || { failed "$service"; return; }
    [ "$(digest_of "$id" Spec)" = "$2" ] || { tell fault not-as-before "$service"; return 1; }
    wait_back
  elif use_stack "$3" "$service"; then
    use_network && try node ls -q && use_nodes "$(printf "%s" "$said" | tr "\n" " ")" "$pins" && deploy_stack "$kept" "$3" && wait_back
  else
    tell fault settings-missing "$service"
    return 1
  fi
}

list=$(awk '$1 == "was" && !seen[$2]++ { line[++count] = $2 " " $3 " " $4 } END { while (count > 0) print line[count--] }' "$journal" 2>/dev/null)
while read -r service was of <&4; do
  [ -n "$service" ] || continue
  tell service "$service"
  put_back "$service" "$was" "$of" || bad=yes
done 4<<end
$list
end
[ -z "$bad" ] || exit 1
rm -rf "$ours"

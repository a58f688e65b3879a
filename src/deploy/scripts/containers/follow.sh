# Hands on what a container prints until it has ended; base.sh stands before it. $1 service, $2 the number in its name.
# shellcheck shell=sh disable=SC2154
name=$(name_of "$1" "$2")
timeout -s KILL 3600 docker logs -f "$name" 2>&1 </dev/null | while IFS= read -r line || [ -n "$line" ]; do
  printf 'log\t%s\t%s\n' "$name" "$line"
done
limit=20
if ! try wait "$name"; then
  if [ -n "$said" ]; then failed "$name"; else tell fault took-too-long "$name"; fi
  exit 1
fi
[ "$said" = 0 ] || { tell fault ended "$name" "$said"; exit 1; }

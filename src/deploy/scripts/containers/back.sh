# Puts back all that this release did here, the last first; base.sh, health.sh and put-back.sh stand before it. A line "service"
# says what follows is of. It does it as often as it is asked, whatever was done before.
# shellcheck shell=sh disable=SC2154
all=$(containers --filter "label=shipshape.release=$release") || { said='' && failed "$release"; exit 1; }
services=$({
  printf '%s\n' "$all" | awk '$6 != "-" { print $6 }'
  awk '$1 == "service" { print $2 }' "$journal" 2>/dev/null
} | awk 'NF { line[NR] = $0 } END { for (i = NR; i > 0; i--) if (line[i] != "" && !seen[line[i]]++) print line[i] }')
bad=
for service in $services; do
  tell service "$service"
  put_back "$service" || bad=yes
done
[ -z "$bad" ] || exit 1
# What is of no service, and what Docker still made for a script that was killed over it.
tell service ''
list=$(containers --filter "label=shipshape.release=$release") && for_each remove_container || exit 1
rm -rf "$ours"

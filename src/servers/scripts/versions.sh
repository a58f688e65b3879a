# The versions of components that are really there.
# shellcheck shell=sh

package_version() { dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^installed \([0-9]*:\)\{0,1\}\([0-9A-Za-z.+~]*\).*/\2/p'; }

component_version() {
  case $1 in
    docker) timeout 20 docker version -f '{{.Server.Version}}' 2>/dev/null || docker --version 2>/dev/null | sed 's/.*version \([^ ,]*\).*/\1/' ;;
    traefik) timeout 20 docker ps --format '{{.Image}}' 2>/dev/null | sed -n 's|^\(.*/\)\{0,1\}traefik:v\{0,1\}\([^@]*\).*|\2|p' | head -n 1 ;;
    nginx) nginx -v 2>&1 | sed -n 's|.*nginx/\([^ ]*\).*|\1|p' ;;
    fail2ban | logrotate) package_version "$1" ;;
    node-exporter) package_version prometheus-node-exporter ;;
  esac | head -n 1 | grep -Ex '[0-9A-Za-z.+~_-]{1,40}' || true
}

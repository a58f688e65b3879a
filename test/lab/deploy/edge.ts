/**
 * An edge proxy in Traefik's place: nginx of Debian, configured by a reader of the same labels whenever containers start or end. It is
 * no Traefik, and does less: routers of the entry point `web` by their hosts, services with their ports, and the middleware
 * `retry`; a container gets visitors from its start to its end, and what it refuses fails where no label says to ask another. A
 * swarm is asked once a second, where Traefik asks every 15 seconds.
 */
import path from 'node:path';
import { writeFiles } from '../../kit/files.ts';
import type { Server } from '../lab.ts';

const LABELS = `{{range $name, $value := LABELS}}{{$.ID}}\t{{$name}}\t{{$value}}
{{end}}`;

/** Lines of the id of a container or service, what is told of it, and a value; and what makes it ask again. */
const TELLING = {
  containers: `
lines() { docker ps -q | xargs -r docker inspect -f "$(cat containers)"; }
changes() { docker events --since "$(date +%s)" --filter type=container --filter event=start --filter event=die --format .; }`,
  swarm: `
lines() {
  docker service ls -q | xargs -r docker service inspect -f "$(cat services)"
  docker service ls -q | xargs -r -n 1 docker service ps -q --filter desired-state=running |
    xargs -r docker inspect --type task -f "$(cat tasks)"
}
changes() { while sleep 1; do echo; done; }`,
};

const TEMPLATES = {
  containers: `${LABELS.replace('LABELS', '.Config.Labels')}{{range $name, $network := .NetworkSettings.Networks}}{{$.ID}}\taddress in {{$name}}\t{{$network.IPAddress}}
{{end}}`,
  services: LABELS.replace('LABELS', '.Spec.Labels'),
  tasks: `{{if eq (print .Status.State) "running"}}{{range .NetworksAttachments}}{{$.ServiceID}}\taddress in {{.Network.Spec.Name}}\t{{index .Addresses 0}}
{{end}}{{end}}`,
};

const SITES = String.raw`
BEGIN { FS = "\t" }
{ value[$1, $2] = $3; split($2, part, ".") }
$2 ~ /^traefik\.http\.routers\..*\.rule$/ { rule[part[4]] = $3 }
$2 ~ /^traefik\.http\.routers\..*\.service$/ { service[part[4]] = $3 }
$2 ~ /^traefik\.http\.routers\..*\.entrypoints$/ { entry[part[4]] = $3 }
$2 ~ /^traefik\.http\.routers\..*\.middlewares$/ { through[part[4]] = $3 }
$2 ~ /^traefik\.http\.middlewares\..*\.retry\.attempts$/ { attempts[part[4]] = $3 }
$2 ~ /^address in / { sub(/\/.*/, "", $3); addresses[$1, substr($2, 12)] = addresses[$1, substr($2, 12)] " " $3 }
$2 ~ /^traefik\.http\.services\..*\.loadbalancer\.server\.port$/ { name[$1] = part[4]; port[$1] = $3 }
END {
  for (id in name) {
    if (value[id, "traefik.enable"] != "true") continue
    count = split(addresses[id, value[id, "traefik.docker.network"]], address, " ")
    for (i = 1; i <= count; i++)
      servers[name[id]] = servers[name[id]] "  server " address[i] ":" port[id] " max_fails=0;\n"
  }
  for (each in servers) printf "upstream %s {\n%s}\n", each, servers[each]
  for (each in rule) {
    if (entry[each] != "web" || !(service[each] in servers)) continue
    hosts = rule[each]
    gsub(/Host\(${'`'}/, "", hosts); gsub(/${'`'}\)/, "", hosts); gsub(/ *\|\| */, " ", hosts)
    tries = 0
    count = split(through[each], middlewares, ",")
    for (i = 1; i <= count; i++) tries += attempts[middlewares[i]]
    printf "server {\n  listen 80;\n  server_name %s;\n  location / {\n    proxy_pass http://%s;\n", hosts, service[each]
    if (tries > 0) printf "    proxy_next_upstream error timeout;\n    proxy_next_upstream_tries %d;\n  }\n}\n", tries
    else print "    proxy_next_upstream off;\n  }\n}"
  }
}
`;

const READER = `
render() {
  lines | awk -f sites.awk >sites.new
  cmp -s sites.new sites.conf && return
  mv sites.new sites.conf
  nginx -c /etc/edge/nginx.conf -s reload
}
: >sites.conf
$inside nginx -c /etc/edge/nginx.conf || exit
{ echo; changes; } | while read -r _; do render; done
`;

const NGINX = `user www-data;
pid /run/edge.pid;
error_log /var/log/edge.log;
events { worker_connections 1024; }
http {
  access_log off;
  proxy_connect_timeout 1s;
  proxy_set_header Host $host;
  server { listen 80 default_server; return 404; }
  include /etc/edge/sites.conf;
}
`;

/**
 * Starts it at port 80 of a server. `network`: of a swarm that the server manages. Only containers reach its tasks, so that the proxy
 * has the network of one that does nothing.
 */
export async function startEdge(server: Server, network?: string): Promise<void> {
  await server.run(`export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update && apt-get -qq install --no-install-recommends nginx-light >/dev/null
    systemctl disable -q --now nginx`);
  const inside =
    network === undefined ? '' : `nsenter --net=/proc/$(docker inspect -f '{{.State.Pid}}' edge)/ns/net`;
  const telling = TELLING[network === undefined ? 'containers' : 'swarm'];
  const reader = `#!/bin/sh\ncd /etc/edge || exit\ninside="${inside}"${telling}${READER}`;
  writeFiles(path.join(server.files, 'etc/edge'), {
    ...TEMPLATES,
    'sites.awk': SITES,
    'nginx.conf': NGINX,
    reader: { text: reader, mode: 0o755 },
  });
  if (network !== undefined) {
    await server.run(`docker run -d --name edge -p 80:80 lab/base:1 sleep infinity
      docker network connect '${network}' edge`);
  }
  await server.run('systemd-run --quiet --unit=edge --property=Restart=on-failure /etc/edge/reader');
}

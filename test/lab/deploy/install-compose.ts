import type { Server } from '../lab.ts';

export type ComposeVersion = '1.29.2' | '2.26.1';

/**
 * The first version is a program of its own. The second is a plugin of Docker, and can be a program as well; it is of the Debian
 * after that of the servers, and needs nothing that they do not have.
 */
const INSTALL: Readonly<Record<ComposeVersion, string>> = {
  '1.29.2': 'apt-get update -q && apt-get install -qy --no-install-recommends docker-compose',
  '2.26.1': `
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)" && export http_proxy
    cd /root && mirror=$(awk '$1 == "deb" { print $2; exit }' /etc/apt/sources.list)
    curl -sSfo compose.deb "$mirror/pool/main/d/docker-compose/docker-compose_2.26.1-4_amd64.deb"
    echo '47681197cb2b1ab88206b42a1a92fc75f50d9530a6322d03494a473eed0408ea  compose.deb' | sha256sum -c --quiet
    dpkg -i compose.deb && rm compose.deb`,
};

export async function installCompose(server: Server, version: ComposeVersion): Promise<void> {
  await server.run(`set -e; export DEBIAN_FRONTEND=noninteractive; ${INSTALL[version]}`);
}

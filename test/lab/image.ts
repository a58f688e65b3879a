import type { Server } from './lab.ts';

/** Gives a server of kind `docker` an image, made there without a registry, that answers HTTP at port 8080 with a text. */
export async function makeImage(server: Server, name: string, text: string): Promise<void> {
  const start = JSON.stringify(['httpd', '-f', '-p', '8080', '-h', '/www']);
  await server.run(`
    set -e
    root=$(mktemp -d)
    cp -a /opt/lab/. "$root"
    mkdir "$root/www"
    printf '%s' '${text}' > "$root/www/index.html"
    tar -C "$root" -c . | docker import -c 'CMD ${start}' - '${name}'
    rm -r "$root"`);
}

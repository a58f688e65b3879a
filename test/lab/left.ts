/** A runner that is killed while it has servers, for the test of what removes them. */
import { openLab } from './lab.ts';
import { lacking } from './level.ts';

const lab = await openLab(() => undefined);
const [server, sshd] = await Promise.all([lacking('full') ? lab.debian() : lab.server(), lab.sshd()]);
const mark = String(600 + process.pid / 100_000); // what no other process sleeps for
void sshd.ssh(`setsid sleep ${mark} >/dev/null 2>&1 & exit`);
process.stdout.write(`${server.address} sleep ${mark}\n`);

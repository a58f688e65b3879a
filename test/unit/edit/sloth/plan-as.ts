/** Plans an operation as another user, where it may: `node plan-as.ts <user id> <request as JSON>`. Prints what stands against it. */
import { openReader } from '../../../../src/engine.ts';
import type { Request } from '../../../../src/operations/operation.ts';
import type { Place } from '../../../../src/state/source.ts';
import { plan } from '../../../kit/operate.ts';

const [user = '', request = ''] = process.argv.slice(2);
const wanted = JSON.parse(request) as Request;
const { place } = wanted.input as { readonly place: Place };
// With everything loaded: this Node may lie where the other user cannot read.
await plan(wanted);
if (process.getuid?.() === 0) process.setuid?.(Number(user));
const { findings } = await plan(wanted);
const { stacks } = await openReader({}).read(place, {}, new AbortController().signal);
process.stdout.write(JSON.stringify({ findings: findings.map(({ text }) => text), stacks: stacks.length }));
process.exit();

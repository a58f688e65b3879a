/** Documents and events that the tako program prints for machines. What is unknown in them is left out, never refused. */
import { clean, type Clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { parseJson } from '../../base/json.ts';

/** One document. `kind` says what its fields are. */
export interface TakoDocument {
  readonly kind: Clean;
  readonly fields: Fields;
}

/** A line of what goes on. */
export interface TakoEvent {
  /** `phase.started`, `log.line`, `deploy.service.failed`… */
  readonly type: Clean;
  readonly phase?: Clean;
  readonly level: Clean;
  readonly service?: Clean;
  readonly node?: Clean;
  readonly message?: Clean;
  /** The last event has the document that the run ends with. */
  readonly result?: TakoDocument;
}

const MESSAGE_LIMIT = 2_000;

export function takoDocument(text: string, secrets: readonly string[] = []): TakoDocument | undefined {
  const parsed = parseJson(text);
  return parsed.ok ? documentOf(parsed.value, secrets) : undefined;
}

function documentOf(value: unknown, secrets: readonly string[]): TakoDocument | undefined {
  const fields = Fields.of(value, undefined, [], secrets);
  const kind = fields?.text('kind');
  return fields && kind !== undefined && kind !== EVENT ? { kind, fields } : undefined;
}

const EVENT = 'Event';

/** Nothing where the line is no event. */
export function takoEvent(line: string, secrets: readonly string[] = []): TakoEvent | undefined {
  const parsed = parseJson(line);
  const fields = parsed.ok ? Fields.of(parsed.value, undefined, [], secrets) : undefined;
  const type = fields?.text('type');
  if (fields?.text('kind') !== EVENT || type === undefined) return undefined;
  const text = (name: string): Clean | undefined => fields.text(name, MESSAGE_LIMIT);
  const [phase, service, node, message] = [text('phase'), text('service'), text('node'), text('message')];
  const result = type === 'result' ? documentOf(fields.object('data').raw('result'), secrets) : undefined;
  return {
    type,
    level: text('level') ?? clean('info'),
    ...(phase !== undefined && { phase }),
    ...(service !== undefined && { service }),
    ...(node !== undefined && { node }),
    ...(message !== undefined && { message }),
    ...(result && { result }),
  };
}
